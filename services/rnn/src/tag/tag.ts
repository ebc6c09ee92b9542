import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

export async function tag(_runtime: FamilyRuntime, _request: rnn.TagRequest, _call: CallScope): Promise<rnn.TagResponse> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
