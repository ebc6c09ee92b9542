import { QuartetError, type Job, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

export async function trainTranslator(_runtime: FamilyRuntime, _request: rnn.TrainTranslatorRequest, _call: CallScope): Promise<Job> {
  throw new QuartetError('UNIMPLEMENTED', 'not there yet');
}
