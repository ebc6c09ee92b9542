import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

export async function caption(_runtime: FamilyRuntime, _request: rnn.CaptionRequest, _call: CallScope): Promise<rnn.CaptionResponse> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
