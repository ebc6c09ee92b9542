import { QuartetError, type Job, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

export async function trainCaptioner(_runtime: FamilyRuntime, _request: rnn.TrainCaptionerRequest, _call: CallScope): Promise<Job> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
