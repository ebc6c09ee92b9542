import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

export async function translate(_runtime: FamilyRuntime, _request: rnn.TranslateRequest, _call: CallScope): Promise<rnn.TranslateResponse> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
