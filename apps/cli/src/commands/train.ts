import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { cnn, Job, Optimizer, Schedule, type TrainingOptions } from '@quartet/contracts';
import { number, seed } from '../arguments';
import { action, type Context } from '../context';
import { UsageError, writeDocument, writeJsonLine } from '../output';
import { watching } from '../training/interrupt';
import { reportJob } from '../training/job-report';
import { presetSpec, trainingFields, withCnnOptions, type CnnOwnOptions } from './cnn-options';
import { addTrainAutoencoder } from './train-autoencoder';
import { addTrainGan } from './train-gan';
import { addTrainLanguageModel } from './train-language-model';
import { addTrainRnn } from './train-rnn';
import { asksForImages, asksForVideo, trainVideo, withVideoOptions, type VideoTrainOptions } from './train-video';
import { withTransferOptions, type TransferOptions } from './transfer-options';

const OPTIMIZERS = { adam: Optimizer.OPTIMIZER_ADAM, adamw: Optimizer.OPTIMIZER_ADAMW, sgd: Optimizer.OPTIMIZER_SGD, momentum: Optimizer.OPTIMIZER_MOMENTUM, rmsprop: Optimizer.OPTIMIZER_RMSPROP };
const SCHEDULES = { constant: Schedule.SCHEDULE_CONSTANT, 'warmup-cosine': Schedule.SCHEDULE_WARMUP_COSINE, step: Schedule.SCHEDULE_STEP };

export interface CommonOptions {
  model: string;
  data: string;
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  optimizer?: keyof typeof OPTIMIZERS;
  schedule?: keyof typeof SCHEDULES;
  seed?: bigint;
  patience?: number;
  checkpointEvery?: number;
  weightDecay?: number;
  clip?: number;
  key?: string;
  watch?: boolean;
  plot?: string;
}

/** Of a training on images. */
export interface ImageOptions extends CommonOptions {
  shift?: number;
  rotate?: number;
  scale?: number;
  flip?: boolean;
  erase?: number;
}

type CnnOptions = ImageOptions & CnnOwnOptions & TransferOptions & VideoTrainOptions;

export function toTrainingOptions(o: CommonOptions): Input<TrainingOptions> {
  return {
    epochs: o.epochs,
    batchSize: o.batchSize,
    learningRate: o.learningRate,
    optimizer: o.optimizer && OPTIMIZERS[o.optimizer],
    schedule: o.schedule && SCHEDULES[o.schedule],
    seed: o.seed,
    earlyStoppingPatience: o.patience,
    checkpointEverySteps: o.checkpointEvery,
    weightDecay: o.weightDecay,
    clipGlobalNorm: o.clip,
  };
}

export function toImageOptions(o: ImageOptions): Input<TrainingOptions> {
  const augmented = [o.shift, o.rotate, o.scale, o.flip, o.erase].some((value) => value !== undefined);
  return {
    ...toTrainingOptions(o),
    augmentation: augmented ? { shift: o.shift, rotate: o.rotate, scale: o.scale, flipHorizontal: o.flip, erase: o.erase } : undefined,
  };
}

/** A CnnSpec from a file of proto3 JSON: `{ "layers": [{ "conv2d": { "filters": 32 } }, ...] }`; of videos a VideoSpec. */
function readSpec(file: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--spec ${file}: ${(error as Error).message}; expected a JSON file such as {"layers": [{"conv2d": {"filters": 32}}]}`);
  }
  return json;
}

async function trainCnn(context: Context, options: CnnOptions): Promise<void> {
  const preset = presetSpec(options);
  const spec = options.spec ? readSpec(options.spec) : undefined;
  const request = { model: options.model, dataset: options.data, options: toImageOptions(options), idempotencyKey: options.key };
  const { schema } = await context.client.datasets.getDataset({ name: options.data });
  if (schema?.kind === 'video') {
    if (preset || options.from || options.freeze || asksForImages(options)) throw new UsageError(`${options.data} holds videos, and --preset, --from, --balance, --mixup and the like are for images; leave them out (--architecture, --filters and --dropout are for videos)`);
    return follow(context, await trainVideo(context, request, options, spec === undefined ? undefined : cnn.VideoSpec.fromJSON(spec)), options);
  }
  if (asksForVideo(options)) throw new UsageError(`--architecture, --filters and --dropout are for videos, and ${options.data} holds ${schema?.kind ?? 'unknown'} data; give --preset or --spec`);
  const job = await context.client.cnn.train({ ...request, spec: preset ?? (spec === undefined ? undefined : cnn.CnnSpec.fromJSON(spec)), ...trainingFields(options), startFrom: options.from, freezeBefore: options.freeze });
  await follow(context, job, options);
}

/** Follows a queued job to its end, or says how to. */
export async function follow(context: Context, job: Job, options: CommonOptions): Promise<void> {
  const { out, json } = context;
  const watch = options.watch ?? (out.live || options.plot !== undefined);
  if (!watch) {
    if (json) return writeDocument(out, Job.toJSON(job));
    out.line(`Training ${job.id} is queued; \`quartet watch ${job.id}\` follows it.`);
    return;
  }
  if (json) writeJsonLine(out, Job.toJSON(job));
  else out.line(`training ${job.id}: ${options.model} on ${options.data}`);
  const { job: ended, history } = await watching(context, job.id);
  if (json) writeJsonLine(out, Job.toJSON(ended));
  await reportJob(context, ended, history, options.plot);
}

/** The options that every family's training takes. */
export const withTrainingOptions = (command: Command, defaults: { epochs: string; batchSize: string; learningRate: string; schedule: string }): Command =>
  command
    .requiredOption('--model <name>', 'model that gets a new version; made if it is new')
    .requiredOption('--data <name>', 'data set')
    .option('--epochs <n>', `passes over the data (default: ${defaults.epochs})`, number(1, 10_000, true))
    .option('--batch-size <n>', `examples a step (default: ${defaults.batchSize})`, number(1, 65_536, true))
    .option('--learning-rate <x>', `default: ${defaults.learningRate} for Adam`, number(0, 1000))
    .addOption(new Option('--optimizer <name>', '(default: adam)').choices(Object.keys(OPTIMIZERS)))
    .addOption(new Option('--schedule <name>', `of the learning rate (default: ${defaults.schedule})`).choices(Object.keys(SCHEDULES)))
    .option('--seed <n>', 'the same seed gives the same weights (default: 0)', seed)
    .option('--patience <epochs>', 'stop after so many epochs without a better validation loss, and keep the best', number(1, 10_000, true))
    .option('--checkpoint-every <steps>', '(default: 100)', number(1, 1_000_000, true))
    .option('--weight-decay <x>', 'decoupled, for adamw', number(0, 10))
    .option('--clip <norm>', 'largest global norm of the gradients', number(0, 1e9))
    .option('--key <text>', 'idempotency key: the same key never starts a second training')
    .option('--watch', 'follow the training to its end (default on a terminal)')
    .option('--no-watch', 'queue it and return')
    .option('--plot <file.png>', 'write curves and confusion matrix as a picture at the end');

/** The options that every training on images takes. */
export const withImageOptions = (command: Command): Command =>
  command
    .option('--shift <share>', 'augment: shift by up to this share of the size', number(0, 0.5))
    .option('--rotate <degrees>', 'augment: rotate by up to so much', number(0, 180))
    .option('--scale <share>', 'augment: scale by 1 - x to 1 + x', number(0, 0.5))
    .option('--flip', 'augment: flip left and right')
    .option('--erase <probability>', 'augment: erase a rectangle', number(0, 1));

export function addTrainCommand(program: Command): void {
  const train = program.command('train').description('train a model');
  const trainsCnn = train.command('cnn').description('train a convolutional network that tells the class, labels or numbers of images or, if the data set holds them, the class of videos');
  const defaults = { epochs: '3, of videos 8', batchSize: '128, of videos 32', learningRate: '0.001, of videos 0.002', schedule: 'constant, of videos warmup-cosine' };
  withVideoOptions(withTransferOptions(withCnnOptions(withImageOptions(withTrainingOptions(trainsCnn, defaults))))).action(action(trainCnn));
  addTrainRnn(train);
  addTrainLanguageModel(train);
  addTrainGan(train);
  addTrainAutoencoder(train);
}
