import { QuartetError, type Job, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

export async function trainLanguageModel(_runtime: FamilyRuntime, _request: rnn.TrainLanguageModelRequest, _call: CallScope): Promise<Job> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
