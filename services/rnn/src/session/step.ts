import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

// eslint-disable-next-line require-yield
export async function* step(_runtime: FamilyRuntime, _requests: AsyncIterable<rnn.StepRequest>, _call: CallScope): AsyncGenerator<rnn.StepResponse> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
