import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

// eslint-disable-next-line require-yield
export async function* transcribe(_runtime: FamilyRuntime, _requests: AsyncIterable<rnn.TranscribeRequest>, _call: CallScope): AsyncGenerator<rnn.TranscribeResponse> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
