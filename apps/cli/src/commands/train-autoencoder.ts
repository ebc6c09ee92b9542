import { Option, InvalidArgumentError, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { autoencoder } from '@quartet/contracts';
import { number } from '../arguments';
import { action, type Context } from '../context';
import { follow, toImageOptions, withImageOptions, withTrainingOptions, type ImageOptions } from './train';

const { CorruptionKind, Likelihood, RecurrentCell } = autoencoder;

const NOISES = {
  gaussian: CorruptionKind.CORRUPTION_KIND_GAUSSIAN,
  'salt-and-pepper': CorruptionKind.CORRUPTION_KIND_SALT_AND_PEPPER,
  masking: CorruptionKind.CORRUPTION_KIND_MASKING,
  blur: CorruptionKind.CORRUPTION_KIND_BLUR,
};
const LIKELIHOODS = { gaussian: Likelihood.LIKELIHOOD_GAUSSIAN, bernoulli: Likelihood.LIKELIHOOD_BERNOULLI };

interface AutoencoderOptions extends ImageOptions {
  latent?: number;
  units?: number[];
  filters?: number[];
  recurrent?: Input<autoencoder.RecurrentLayers>;
  codebook?: Input<autoencoder.Codebook>;
  window?: number;
  contraction?: number;
  binarize?: boolean;
  noise?: Input<autoencoder.Corruption>;
  variational?: boolean;
  beta?: number;
  warmUp?: number;
  freeBits?: number;
  likelihood?: keyof typeof LIKELIHOODS;
  dropout?: number;
  sparsity?: number;
}

async function trainAutoencoder(context: Context, options: AutoencoderOptions): Promise<void> {
  const { model, data: dataset, key: idempotencyKey } = options;
  const job = await context.client.autoencoder.train({ model, dataset, spec: toSpec(options), options: toImageOptions(options), idempotencyKey });
  await follow(context, job, options);
}

function toSpec(o: AutoencoderOptions): Input<autoencoder.AutoencoderSpec> {
  const variational = o.variational || o.beta !== undefined || o.warmUp !== undefined || o.freeBits !== undefined;
  return {
    architecture: toArchitecture(o),
    latentSize: o.latent,
    likelihood: o.likelihood && LIKELIHOODS[o.likelihood],
    variational: variational ? { beta: o.beta, warmUpSteps: o.warmUp, freeBits: o.freeBits } : undefined,
    corruption: o.noise,
    dropout: o.dropout,
    sparsity: o.sparsity,
    contraction: o.contraction,
    codebook: o.codebook,
    binarize: o.binarize,
    window: o.window,
  };
}

/** Unset where no option says so: the default depends on the data. */
function toArchitecture({ filters, units, recurrent: layers }: AutoencoderOptions): Input<autoencoder.AutoencoderSpec>['architecture'] {
  if (filters) return { $case: 'convolutional', value: { filters, units: units?.[0] } };
  if (layers) return { $case: 'recurrent', value: layers };
  return units && { $case: 'dense', value: { units } };
}

/** `gru:64`, or with a number of layers `lstm:64x2`. */
function recurrent(text: string): Input<autoencoder.RecurrentLayers> {
  const [, cell, units = '', layers] = /^(gru|lstm):(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  if (cell === undefined) throw new InvalidArgumentError('It takes gru or lstm with units, and layers if more than one, such as gru:64 or lstm:64x2.');
  return { cell: cell === 'lstm' ? RecurrentCell.RECURRENT_CELL_LSTM : RecurrentCell.RECURRENT_CELL_GRU, units: Number(units), layers: layers === undefined ? undefined : Number(layers) };
}

/** `256`, or with the latent units of a code vector `256x2`. */
function codebook(text: string): Input<autoencoder.Codebook> {
  const [, size, dimension] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  if (size === undefined) throw new InvalidArgumentError('It takes a number of code vectors, and their latent units if more than one, such as 256 or 256x2.');
  return { size: Number(size), dimension: dimension === undefined ? undefined : Number(dimension) };
}

/** `512,256` */
export function sizes(text: string): number[] {
  const parsed = text.split(',').map(Number);
  if (parsed.every((size) => Number.isInteger(size) && size > 0)) return parsed;
  throw new InvalidArgumentError('It takes whole numbers such as 512,256.');
}

/** `gaussian:0.4`, or a range of levels: `gaussian:0.2-0.5`. */
function noise(text: string): Input<autoencoder.Corruption> {
  const [, name = '', from = '', to] = /^([a-z-]+):([\d.]+)(?:-([\d.]+))?$/.exec(text) ?? [];
  const kind = NOISES[name as keyof typeof NOISES];
  if (kind === undefined) throw new InvalidArgumentError(`It takes one of ${Object.keys(NOISES).join(', ')} with a level, such as gaussian:0.4 or blur:1-2.`);
  return to === undefined ? { kind, level: Number(from) } : { kind, level: Number(to), minLevel: Number(from) };
}

export function addTrainAutoencoder(train: Command): void {
  const command = train.command('autoencoder').description('train an autoencoder of images, tables, series or sequences: to compress, denoise, sample, find anomalies');
  withImageOptions(withTrainingOptions(command, { epochs: '10', batchSize: '128', learningRate: '0.001', schedule: 'warmup-cosine' }))
    .option('--latent <n>', 'numbers that an example is brought down to (default: 32, of other data than images fewer)', number(1, 4096, true))
    .option('--units <sizes>', 'hidden layers, from example to latent (default: 512,256, of tables 128,64); with --filters, one before the latent', sizes)
    .option('--filters <sizes>', 'convolutions that each halve height and width, such as 32,64 (default: a dense network)', sizes)
    .option('--recurrent <cell:units>', 'of series and sequences: recurrent layers, such as gru:64 (the default) or lstm:64x2', recurrent)
    .option('--window <rows>', 'of series: rows that make one example (default: 32)', number(2, 1024, true))
    .option('--codebook <size>', 'a latent of learned code vectors: so many for each unit, or, as 256x2, for each two units', codebook)
    .option('--contraction <weight>', 'weight of the latent\'s sensitivity to the input in the loss', number(0, 1000))
    .option('--binarize', 'images turn black and white anew in each step, their grey being the probability of white; with --likelihood bernoulli')
    .option('--noise <kind:level>', 'learn to take away gaussian:0.4, salt-and-pepper:0.2, masking:0.3 or blur:1.5; a range such as gaussian:0.2-0.5 varies it', noise)
    .option('--variational', 'learn a distribution of latents, to sample from')
    .option('--beta <x>', 'variational: weight of the divergence from the prior (default: 1)', number(0, 1000))
    .option('--warm-up <steps>', 'variational: steps over which that weight grows from 0', number(0, 1_000_000, true))
    .option('--free-bits <nats>', 'variational: what each latent unit may hold for free', number(0, 100))
    .addOption(new Option('--likelihood <name>', 'what an output says of its pixel (default: gaussian)').choices(Object.keys(LIKELIHOODS)))
    .option('--dropout <rate>', 'share of hidden units that each step drops', number(0, 0.95))
    .option('--sparsity <weight>', 'weight of the latent\'s mean absolute value in the loss', number(0, 1000))
    .action(action(trainAutoencoder));
}
