import { TrainingOptions, type Dataset } from '@quartet/contracts';
import {
  autoencoderFunctions,
  AutoencoderRunner,
  fitLatentTable,
  nearestAccuracy,
  writeModel,
  writeSafetensors,
  type Autoencoder,
  type AutoencoderSpec,
  type EpochRecord,
  type WatchReport,
} from '@quartet/core';
import type { LoadedPart } from '@quartet/data';
import { finishedModel, type FinishedModel, type ResolvedTrainingOptions } from '@quartet/service-kit';
import { errorsOf } from './errors-of';
import { INDEX_FILE, MOST_INDEXED } from './index-file';
import type { AutoencoderExtra } from './model-info';
import { firstImages } from './part-images';

export interface Finished {
  model: Autoencoder;
  parts: { train: LoadedPart; validation: LoadedPart | undefined; test: LoadedPart | undefined };
  dataset: Dataset;
  options: ResolvedTrainingOptions;
  history: readonly EpochRecord[];
  watched: WatchReport;
  /** What the training minimized and its metrics, with the inputs' corruption, on the test part. */
  objective: Record<string, number> | undefined;
  folder: string;
}

/** Numbers of the images that are run at once: 16 MiB. */
const CHUNK = 2 ** 22;
/** Quantiles of the validation errors that are kept. */
const MOST_QUANTILES = 2000;
/** Images whose classes are guessed by their neighbours. */
const MOST_GUESSED = 2000;

/** Measures a trained autoencoder, indexes the training images' latents, and writes its artefact. */
export async function finish({ model, parts, dataset, options, history, watched, objective, folder }: Finished): Promise<FinishedModel> {
  const { latentSize } = model.spec;
  const runner = new AutoencoderRunner(model);
  const indexed = Math.min(parts.train.count, Math.floor(MOST_INDEXED / latentSize));
  const train = runPart(runner, parts.train, latentSize, indexed);
  const metrics: Record<string, number> = Object.fromEntries(Object.entries(watched.metrics).map(([name, value]) => [`watch/${name}`, value]));
  if (objective) Object.assign(metrics, objectiveMetrics(model.spec, objective));
  const classNames = dataset.schema?.classNames ?? [];
  let validationErrors: number[] = [];
  for (const [name, part] of [['validation', parts.validation], ['test', parts.test]] as const) {
    if (!part) continue;
    const { latents, errors } = runPart(runner, part, latentSize);
    const mse = errors.reduce((a, b) => a + b, 0) / errors.length;
    Object.assign(metrics, { [`${name}/mse`]: mse, [`${name}/psnr`]: -10 * Math.log10(mse), [`${name}/examples`]: part.count });
    if (classNames.length > 1) {
      const guessed = Math.min(part.count, MOST_GUESSED);
      metrics[`${name}/neighborAccuracy`] = nearestAccuracy(train.latents, parts.train.labels, latents.subarray(0, guessed * latentSize), part.labels.subarray(0, guessed), latentSize);
    }
    if (name === 'validation') validationErrors = quantiles(errors);
  }
  runner.dispose();
  const extra: AutoencoderExtra & Record<string, unknown> = {
    validationErrors,
    latentTable: fitLatentTable(train.latents, latentSize),
    indexed,
    watched,
    history,
    dataset: dataset.name,
    options: TrainingOptions.toJSON(options),
  };
  const index = writeSafetensors(
    new Map([
      ['latents', { dtype: 'float32' as const, shape: [indexed, latentSize], data: train.latents }],
      ['labels', { dtype: 'int32' as const, shape: [indexed], data: parts.train.labels.slice(0, indexed) }],
    ]),
    { format: 'quartet' },
  );
  const manifest = await writeModel(folder, {
    family: 'autoencoder',
    spec: model.spec,
    model: autoencoderFunctions(model),
    classNames,
    metrics,
    dataDigest: dataset.digest,
    seed: options.seed,
    extra,
    files: { [INDEX_FILE]: index },
  });
  return finishedModel(manifest);
}

/** `test/loss`; of a variational one both its terms; of a denoising one the error of what it made of spoiled images. */
function objectiveMetrics({ variational, corruption }: AutoencoderSpec, { loss = 0, mse = 0, reconstruction = 0, kl = 0 }: Record<string, number>): Record<string, number> {
  return {
    'test/loss': loss,
    ...(variational && { 'test/reconstruction': reconstruction, 'test/kl': kl }),
    ...(corruption && { 'test/denoisedMse': mse, 'test/denoisedPsnr': -10 * Math.log10(mse) }),
  };
}

/** Latents and reconstruction errors of a part's first images. */
function runPart(runner: AutoencoderRunner, part: LoadedPart, latentSize: number, most = part.count): { latents: Float32Array; errors: number[] } {
  const count = Math.min(most, part.count);
  const chunk = Math.ceil(CHUNK / part.exampleShape.reduce((a, b) => a * b, 1));
  const latents = new Float32Array(count * latentSize);
  const errors: number[] = [];
  for (let first = 0; first < count; first += chunk) {
    const images = firstImages(part, Math.min(chunk, count - first), first);
    const { latent, reconstruction } = runner.run(images);
    latents.set(latent, first * latentSize);
    const rows = latent.length / latentSize;
    for (const error of errorsOf({ dtype: 'float32', shape: [rows], data: reconstruction }, images)) errors.push(error);
  }
  return { latents, errors };
}

/** The least, the largest, and equidistant order statistics between them. */
function quantiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const last = Math.min(sorted.length - 1, MOST_QUANTILES);
  return Array.from({ length: last + 1 }, (_, at) => sorted[last === 0 ? 0 : Math.round((at * (sorted.length - 1)) / last)] as number);
}
