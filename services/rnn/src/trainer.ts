import { Family, QuartetError, rnn } from '@quartet/contracts';
import type { FamilyTrainer } from '@quartet/service-kit';
import { prepareCaptioner } from './caption/trainer';
import { prepareClassifier } from './classify/trainer';
import { prepareForecast } from './forecast/trainer';
import { prepareTagger } from './tag/trainer';
import { prepareTranscriber } from './transcribe/trainer';
import { prepareLanguageModel } from './generate/trainer';
import { prepareTranslator } from './translate/trainer';

/** Loaded in a training process: trains RNN models. */
export const trainer: FamilyTrainer = {
  name: 'rnn',
  family: Family.FAMILY_RNN,
  async prepare(job) {
    const { task } = rnn.TrainingTask.fromJSON(job.spec);
    switch (task?.$case) {
      case 'forecast':
        return prepareForecast(job, task.value);
      case 'classifier':
        return prepareClassifier(job, task.value);
      case 'tagger':
        return prepareTagger(job, task.value);
      case 'transcriber':
        return prepareTranscriber(job, task.value);
      case 'languageModel':
        return prepareLanguageModel(job, task.value);
      case 'translator':
        return prepareTranslator(job, task.value);
      case 'captioner':
        return prepareCaptioner(job, task.value);
      default:
        throw new QuartetError('INTERNAL', 'the job names no task of this family');
    }
  },
};
