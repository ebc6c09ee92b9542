import { Lineage, TrainingOptions, type cnn, type Dataset } from '@quartet/contracts';
import { writeArtifact, type EpochRecord, type EvaluationSource, type Network, type Trainer } from '@quartet/core';
import { finishedModel, type FinishedModel, type ResolvedTrainingOptions } from '@quartet/service-kit';
import { temperatureOf } from './calibrate';
import { measure } from './measure';
import { outputNames } from './spec';

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
  /** undefined: the weights come from the seed and the data alone. */
  lineage?: Lineage | undefined;
}

/** What a version's manifest says beyond what every artefact says. */
export interface CnnExtra {
  /** Below this probability an answer is unsure, where the request doesn't say otherwise. */
  unsureBelow?: number;
}

/** Calibrates a trained network on the validation part, measures it on that and on the test part, and writes its artefact. */
export async function finish({ network, trainer, dataset, options, calibration, history, validation, test, folder, lineage }: Finished): Promise<FinishedModel> {
  const names = outputNames(dataset.schema!);
  const metrics: Record<string, number> = {};
  const own: CnnExtra = calibration.unsureBelow > 0 ? { unsureBelow: calibration.unsureBelow } : {};
  const extra: Record<string, unknown> = { dataset: dataset.name, history, options: TrainingOptions.toJSON(options), ...own, ...(lineage && { lineage: Lineage.toJSON(lineage) }) };
  const temperature = validation && calibration.temperatureScaling ? await temperatureOf(trainer, validation, network) : undefined;
  if (temperature !== undefined) metrics['temperature'] = temperature;
  for (const [part, source] of Object.entries({ validation, test })) {
    if (!source) continue;
    const measured = await measure(trainer, source, network, names, temperature);
    for (const [name, value] of Object.entries(measured.metrics)) metrics[`${part}/${name}`] = value;
    // The test part comes last: its matrix or scores are those that stay, unless there is none.
    Object.assign(extra, measured.extra, { [`${network.spec.head === undefined ? 'confusionMatrix' : 'scores'}Part`]: part });
  }
  const manifest = await writeArtifact(folder, {
    network,
    family: 'cnn',
    classNames: names,
    temperature,
    metrics,
    dataDigest: dataset.digest,
    seed: options.seed,
    extra,
  });
  return { ...finishedModel(manifest), ...(lineage && { lineage }) };
}
