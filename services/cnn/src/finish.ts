import { TrainingOptions, type cnn, type Dataset } from '@quartet/contracts';
import { writeArtifact, type EpochRecord, type EvaluationSource, type Network, type Trainer } from '@quartet/core';
import { finishedModel, type FinishedModel, type ResolvedTrainingOptions } from '@quartet/service-kit';
import { measure, temperatureOf } from './calibrate';

export interface Finished {
  network: Network;
  /** The one that trained it. */
  trainer: Trainer;
  dataset: Dataset;
  options: ResolvedTrainingOptions;
  calibration: cnn.Calibration;
  history: readonly EpochRecord[];
  validation: EvaluationSource | undefined;
  /** undefined: the data set has no test part. */
  test: EvaluationSource | undefined;
  folder: string;
}

/** What a version's manifest says beyond what every artefact says. */
export interface CnnExtra {
  /** Below this probability an answer is unsure, where the request doesn't say otherwise. */
  unsureBelow?: number;
}

/** Calibrates a trained network on the validation part, measures it on that and on the test part, and writes its artefact. */
export async function finish({ network, trainer, dataset, options, calibration, history, validation, test, folder }: Finished): Promise<FinishedModel> {
  const { classes } = network.spec;
  const metrics: Record<string, number> = {};
  const own: CnnExtra = calibration.unsureBelow > 0 ? { unsureBelow: calibration.unsureBelow } : {};
  const extra: Record<string, unknown> = { dataset: dataset.name, history, options: TrainingOptions.toJSON(options), ...own };
  const temperature = validation && calibration.temperatureScaling ? await temperatureOf(trainer, validation, classes) : undefined;
  if (temperature !== undefined) metrics['temperature'] = temperature;
  for (const [part, source] of Object.entries({ validation, test })) {
    if (!source) continue;
    const report = await measure(trainer, source, classes, temperature ?? 1);
    metrics[`${part}/accuracy`] = report.accuracy;
    metrics[`${part}/loss`] = report.loss;
    metrics[`${part}/f1`] = report.macro.f1;
    metrics[`${part}/calibrationError`] = report.calibrationError;
    if (temperature !== undefined) metrics[`${part}/calibrationErrorBefore`] = report.errorBefore;
    metrics[`${part}/examples`] = report.count;
    // The test part comes last: its matrix is the one that stays, unless there is none.
    extra['confusionMatrix'] = report.confusionMatrix;
    extra['confusionMatrixPart'] = part;
  }
  const manifest = await writeArtifact(folder, {
    network,
    family: 'cnn',
    classNames: dataset.schema?.classNames ?? [],
    temperature,
    metrics,
    dataDigest: dataset.digest,
    seed: options.seed,
    extra,
  });
  return finishedModel(manifest);
}
