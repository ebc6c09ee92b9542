import type { TimeGradients, TrainingEvent } from '@quartet/contracts';
import { thinned, type TimeLook } from '@quartet/core';
import type { TrainerEvent } from '../architecture-family';

/** Numbers of all cells' curves together: of an ensemble of deep networks too, an event stays a few kB. */
const MOST_NORMS = 1024;
const LEAST_NORMS = 4;

/** A trainer's report as it stands in the job's log. */
export function toProtoEvent(event: Exclude<TrainerEvent, { type: 'checkpoint' }>): NonNullable<TrainingEvent['event']> {
  switch (event.type) {
    case 'progress': {
      const { step, totalSteps, epoch, totalEpochs, metrics, examplesPerSecond, throughTime } = event;
      const timeGradients = throughTime && timeGradientsOf(throughTime);
      return { $case: 'progress', value: { step: BigInt(step), totalSteps: BigInt(totalSteps), epoch, totalEpochs, metrics, examplesPerSecond, timeGradients } };
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

function timeGradientsOf({ step, curves, lengths, reach }: TimeLook): TimeGradients {
  const paths = Object.keys(curves);
  const most = Math.max(LEAST_NORMS, Math.floor(MOST_NORMS / paths.length));
  return { step: BigInt(step), cells: paths.map((path) => ({ path, timeSteps: lengths[path] ?? 0, norms: thinned(curves[path] ?? [], most), reach: reach[path] ?? 0 })) };
}
