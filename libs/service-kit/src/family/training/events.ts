import type { TrainingEvent } from '@quartet/contracts';
import type { TrainerEvent } from '../architecture-family';

/** A trainer's report as it stands in the job's log. */
export function toProtoEvent(event: Exclude<TrainerEvent, { type: 'checkpoint' }>): NonNullable<TrainingEvent['event']> {
  switch (event.type) {
    case 'progress': {
      const { step, totalSteps, epoch, totalEpochs, metrics, examplesPerSecond } = event;
      return { $case: 'progress', value: { step: BigInt(step), totalSteps: BigInt(totalSteps), epoch, totalEpochs, metrics, examplesPerSecond } };
    }
    case 'epochEnd': {
      const { epoch, metrics, seconds, best } = event;
      return { $case: 'epochEnd', value: { epoch, metrics, seconds, best } };
    }
    case 'diagnostic': {
      const { verdict, evidence, remedy, applied } = event;
      return { $case: 'diagnostic', value: { verdict, evidence, remedy, applied } };
    }
  }
}
