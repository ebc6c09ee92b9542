import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

// eslint-disable-next-line require-yield
export async function* generate(_runtime: FamilyRuntime, _request: rnn.GenerateRequest, _call: CallScope): AsyncGenerator<rnn.GenerateResponse> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
