import { TrainingOptions, type Dataset } from '@quartet/contracts';
import {
  anomalyScores,
  autoencoderFunctions,
  AutoencoderRunner,
  CODE_VECTORS,
  elementCount,
  fitCodebookTable,
  fitLatentTable,
  fitUsual,
  kindOf,
  nearestAccuracy,
  sizeOf,
  usualToTensors,
  writeModel,
  writeSafetensors,
  type Autoencoder,
  type AutoencoderSpec,
  type CodeTable,
  type EpochRecord,
  type Usual,
  type WatchReport,
} from '@quartet/core';
import type { LoadedPart } from '@quartet/data';
import { finishedModel, type FinishedModel, type ResolvedTrainingOptions } from '@quartet/service-kit';
import { errorsOf } from './errors-of';
import { examplesOf, type Parts } from './data/parts';
import type { AutoencoderExtra } from './model-info';
import { Graph } from './neighbors/graph';
import { GRAPH_FILE, INDEX_FILE, LEAST_FOR_GRAPH, MOST_INDEXED } from './neighbors/index-file';
import { fitProjection } from './project/projection';

export interface Finished {
  model: Autoencoder;
  parts: Parts;
  dataset: Dataset;
  options: ResolvedTrainingOptions;
  history: readonly EpochRecord[];
  watched: WatchReport;
  /** What the training minimized and its metrics, with the inputs' corruption, on the test part. */
  objective: Record<string, number> | undefined;
  folder: string;
}

/** Numbers of the examples that are run at once: 16 MiB. */
const CHUNK = 2 ** 22;
/** Numbers of the training examples whose errors say what is usual: 64 MiB. */
const MOST_USUAL = 2 ** 24;
/** Quantiles of the validation scores that are kept. */
const MOST_QUANTILES = 2000;
/** Examples whose classes are guessed by their neighbours. */
const MOST_GUESSED = 2000;
/** Examples whose neighbours the graph is tested with. */
const MOST_QUERIES = 500;

/** Measures a trained autoencoder, indexes the training examples' latents, and writes its artefact. */
export async function finish({ model, parts, dataset, options, history, watched, objective, folder }: Finished): Promise<FinishedModel> {
  const { spec } = model;
  const { latentSize } = spec;
  const runner = new AutoencoderRunner(model);
  const indexed = Math.min(parts.train.count, Math.floor(MOST_INDEXED / latentSize));
  const known = examplesOf(parts.train, Math.ceil(MOST_USUAL / sizeOf(spec)));
  const usual = fitUsual(spec, { examples: known, ...runner.run(known) });
  const train = runPart(runner, parts.train, indexed);
  const metrics: Record<string, number> = Object.fromEntries(Object.entries(watched.metrics).map(([name, value]) => [`watch/${name}`, value]));
  const graph = indexed >= LEAST_FOR_GRAPH ? Graph.of(train.latents, latentSize) : undefined;
  if (objective) Object.assign(metrics, objectiveMetrics(model.spec, objective));
  const classNames = dataset.schema?.classNames ?? [];
  let validationScores: number[] = [];
  for (const [name, part] of [['validation', parts.validation], ['test', parts.test]] as const) {
    if (!part) continue;
    const { latents, errors, scores } = runPart(runner, part, part.count, name === 'validation' ? usual : undefined);
    const mse = errors.reduce((a, b) => a + b, 0) / errors.length;
    Object.assign(metrics, { [`${name}/mse`]: mse, [`${name}/examples`]: part.count, ...(kindOf(spec) === 'image' && { [`${name}/psnr`]: decibels(mse) }) });
    if (graph) metrics['index/recall'] = graph.recall(train.latents, latents.subarray(0, MOST_QUERIES * latentSize));
    if (classNames.length > 1) {
      const guessed = Math.min(part.count, MOST_GUESSED);
      metrics[`${name}/neighborAccuracy`] = nearestAccuracy(train.latents, parts.train.labels, latents.subarray(0, guessed * latentSize), part.labels.subarray(0, guessed), latentSize);
    }
    if (name === 'validation') validationScores = quantiles(scores);
  }
  runner.dispose();
  const extra: AutoencoderExtra & Record<string, unknown> = {
    columns: dataset.schema?.columns ?? [],
    varied: dataset.schema?.kind === 'sequence',
    validationScores,
    latentTable: codeTable(model, train.latents),
    indexed,
    graph: graph !== undefined,
    projection: fitProjection(train.latents, latentSize, parts.train.labels),
    watched,
    history,
    dataset: dataset.name,
    options: TrainingOptions.toJSON(options),
  };
  const index = writeSafetensors(
    new Map([
      ['latents', { dtype: 'float32' as const, shape: [indexed, latentSize], data: train.latents }],
      ['labels', { dtype: 'int32' as const, shape: [indexed], data: parts.train.labels.slice(0, indexed) }],
      ...usualToTensors(usual),
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
    files: { [INDEX_FILE]: index, ...(graph && { [GRAPH_FILE]: await graph.bytes() }) },
  });
  return finishedModel(manifest);
}

/** `test/loss`; of a variational one both its terms; of a denoising one the error of what it made of spoiled examples. */
function objectiveMetrics({ variational, corruption }: AutoencoderSpec, { loss = 0, mse = 0, reconstruction = 0, kl = 0 }: Record<string, number>): Record<string, number> {
  return {
    'test/loss': loss,
    ...(variational && { 'test/reconstruction': reconstruction, 'test/kl': kl }),
    ...(corruption && { 'test/denoisedMse': mse, 'test/denoisedPsnr': decibels(mse) }),
  };
}

/** The peak signal-to-noise ratio of numbers in 0..1; of what is the same to the last digit, 120. */
const decibels = (mse: number): number => -10 * Math.log10(Math.max(mse, 1e-12));

function codeTable({ spec, weights }: Autoencoder, latents: Float32Array): CodeTable {
  if (!spec.codebook) return { steps: fitLatentTable(latents, spec.latentSize) };
  const vectors = weights.find(({ name }) => name === CODE_VECTORS)!.variable.dataSync<'float32'>();
  return { codebook: fitCodebookTable(latents, vectors, spec.codebook.size, spec.codebook.dimension) };
}

interface Measured {
  /** [examples, latent]. */
  latents: Float32Array;
  /** Mean squared ones. */
  errors: number[];
  /** See anomalyScores; none unless what is usual was given. */
  scores: number[];
}

/** Runs a part's first examples. */
function runPart(runner: AutoencoderRunner, part: LoadedPart, most: number, usual?: Usual): Measured {
  const { spec } = runner;
  const count = Math.min(most, part.count);
  const chunk = Math.ceil(CHUNK / elementCount(part.exampleShape));
  const latents = new Float32Array(count * spec.latentSize);
  const errors: number[] = [];
  const scores: number[] = [];
  for (let first = 0; first < count; first += chunk) {
    const examples = examplesOf(part, Math.min(chunk, count - first), first);
    const { latent, reconstruction } = runner.run(examples);
    latents.set(latent, first * spec.latentSize);
    const rows = latent.length / spec.latentSize;
    for (const error of errorsOf({ dtype: 'float32', shape: [rows], data: reconstruction }, examples, {})) errors.push(error);
    if (usual) for (const score of anomalyScores(spec, usual, { examples, reconstruction, latent })) scores.push(score);
  }
  return { latents, errors, scores };
}

/** The least, the largest, and equidistant order statistics between them. */
function quantiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const last = Math.min(sorted.length - 1, MOST_QUANTILES);
  return Array.from({ length: last + 1 }, (_, at) => sorted[last === 0 ? 0 : Math.round((at * (sorted.length - 1)) / last)] as number);
}
