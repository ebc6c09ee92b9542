import { Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { gan } from '@quartet/contracts';
import { number } from '../arguments';
import { action, type Context } from '../context';
import { follow, toTrainingOptions, withTrainingOptions, type CommonOptions } from './train';
import { sizes } from './train-autoencoder';

const { Loss, Mode } = gan;

const LOSSES = { 'non-saturating': Loss.LOSS_NON_SATURATING, 'least-squares': Loss.LOSS_LEAST_SQUARES, hinge: Loss.LOSS_HINGE, wasserstein: Loss.LOSS_WASSERSTEIN };
const MODES = { unconditional: Mode.MODE_UNCONDITIONAL, conditional: Mode.MODE_CONDITIONAL, 'semi-supervised': Mode.MODE_SEMI_SUPERVISED };

interface GanOptions extends CommonOptions {
  latent?: number;
  units?: number[];
  filters?: number[];
  residual?: boolean;
  mode?: keyof typeof MODES;
  loss?: keyof typeof LOSSES;
  spectral?: boolean;
  r1?: number;
  discriminatorRate?: number;
  generatorRate?: number;
  discriminatorUpdates?: number;
  generatorUpdates?: number;
  ema?: number;
  shift?: number;
  flip?: boolean;
  cutout?: number;
  labelled?: number;
  act?: boolean;
  roundSteps?: number;
  samples?: number;
}

async function trainGan(context: Context, options: GanOptions): Promise<void> {
  const { model, data: dataset, key: idempotencyKey } = options;
  const training = { ...toTrainingOptions(options), earlyStoppingPatience: undefined };
  const job = await context.client.gan.train({ model, dataset, spec: toSpec(options), options: training, idempotencyKey });
  await follow(context, job, options);
}

function toSpec(o: GanOptions): Input<gan.GanSpec> {
  const augmented = [o.shift, o.flip, o.cutout].some((value) => value !== undefined);
  return {
    architecture: architectureOf(o),
    latentSize: o.latent,
    mode: o.mode && MODES[o.mode],
    loss: o.loss && LOSSES[o.loss],
    spectralNormalization: o.spectral,
    r1: o.r1,
    discriminatorLearningRate: o.discriminatorRate,
    generatorLearningRate: o.generatorRate,
    discriminatorUpdates: o.discriminatorUpdates,
    generatorUpdates: o.generatorUpdates,
    emaDecay: o.ema,
    augmentation: augmented ? { shift: o.shift, flip: o.flip, cutout: o.cutout } : undefined,
    labelledExamples: o.labelled,
    roundSteps: o.roundSteps,
    samples: o.samples,
    // Unless it is turned off, by the mode's own default.
    balance: { act: o.act === false ? false : undefined, patience: o.patience },
  };
}

function architectureOf({ units, filters, residual }: GanOptions): Input<gan.GanSpec['architecture']> {
  if (units) return { $case: 'dense', value: { units } };
  if (residual) return { $case: 'residual', value: { filters } };
  return filters ? { $case: 'convolutional', value: { filters } } : undefined;
}

export function addTrainGan(train: Command): void {
  const command = train.command('gan').description('train a generator of images, videos, sounds, or rows of a table, against a discriminator');
  withTrainingOptions(command, { epochs: '30', batchSize: '64', learningRate: '0.0002, dense or semi-supervised 0.001,', schedule: 'constant' })
    .option('--latent <n>', 'numbers that an example is generated from (default: 64, of a table 16)', number(1, 1024, true))
    .option('--units <sizes>', 'hidden layers of dense networks, such as 128,128 (the default for tables)', sizes)
    .option('--filters <sizes>', 'convolutions that each halve the sides (of sounds, quarter the length), such as 32,64 (default: by the size)', sizes)
    .option('--residual', 'residual blocks in place of plain convolutions')
    .addOption(new Option('--mode <name>', '(default: conditional for two classes or more, of a table unconditional)').choices(Object.keys(MODES)))
    .addOption(new Option('--loss <name>', '(default: non-saturating)').choices(Object.keys(LOSSES)))
    .option('--spectral', 'spectral normalization of the discriminator')
    .option('--r1 <weight>', 'penalty on the discriminator\'s slope at real examples (default: 1; wasserstein 0)', number(0, 1e6))
    .option('--discriminator-rate <x>', 'a learning rate of its own', number(0, 100))
    .option('--generator-rate <x>', 'a learning rate of its own', number(0, 100))
    .option('--discriminator-updates <n>', 'for one of the generator (default: 1; wasserstein 5)', number(1, 100, true))
    .option('--generator-updates <n>', 'for one of the discriminator (default: 1)', number(1, 100, true))
    .option('--ema <decay>', 'of the averaged generator, which is served (default: 0.995)', number(0, 0.99999))
    .option('--shift <pixels>', 'augment what the discriminator sees: shift', number(0, 16, true))
    .option('--flip', 'augment what the discriminator sees: flip left and right')
    .option('--cutout <share>', 'augment what the discriminator sees: blacken a rectangle', number(0, 1))
    .option('--labelled <n>', 'semi-supervised: examples that keep their labels', number(1, 100_000_000, true))
    .option('--round-steps <n>', 'steps between two measurements of quality (default: an epoch, 200 to 1000 steps)', number(1, 1_000_000, true))
    .option('--samples <n>', 'of recordings: samples of an example (default: 4096)', number(256, 32_768, true))
    .option('--no-act', 'only tell of mode collapse, oscillation and the like, and do nothing about them')
    .action(action(trainGan));
}
