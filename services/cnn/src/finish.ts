import { Lineage, TrainingOptions, type Dataset } from '@quartet/contracts';
import { evaluateTrained, writeArtifact, type EpochRecord, type EvaluationSource, type Network, type Trainer } from '@quartet/core';
import { finishedModel, type FinishedModel, type ResolvedTrainingOptions } from '@quartet/service-kit';

export interface Finished {
  network: Network;
  /** The one that trained it. */
  trainer: Trainer;
  dataset: Dataset;
  options: ResolvedTrainingOptions;
  history: readonly EpochRecord[];
  validation: EvaluationSource | undefined;
  /** undefined: the data set has no test part. */
  test: EvaluationSource | undefined;
  folder: string;
  /** undefined: the weights come from the seed and the data alone. */
  lineage?: Lineage | undefined;
}

/** Measures a trained network, on the test part and on the validation part, and writes its artefact. */
export async function finish({ network, trainer, dataset, options, history, validation, test, folder, lineage }: Finished): Promise<FinishedModel> {
  const { classes } = network.spec;
  const metrics: Record<string, number> = {};
  const extra: Record<string, unknown> = { dataset: dataset.name, history, options: TrainingOptions.toJSON(options), ...(lineage && { lineage: Lineage.toJSON(lineage) }) };
  for (const [part, source] of Object.entries({ validation, test })) {
    if (!source) continue;
    const report = await evaluateTrained(trainer, source, classes);
    metrics[`${part}/accuracy`] = report.accuracy;
    metrics[`${part}/loss`] = report.loss;
    metrics[`${part}/f1`] = report.macro.f1;
    metrics[`${part}/calibrationError`] = report.calibrationError;
    metrics[`${part}/examples`] = report.count;
    // The test part comes last: its matrix is the one that stays, unless there is none.
    extra['confusionMatrix'] = report.confusionMatrix;
    extra['confusionMatrixPart'] = part;
  }
  const manifest = await writeArtifact(folder, {
    network,
    family: 'cnn',
    classNames: dataset.schema?.classNames ?? [],
    metrics,
    dataDigest: dataset.digest,
    seed: options.seed,
    extra,
  });
  return { ...finishedModel(manifest), ...(lineage && { lineage }) };
}
