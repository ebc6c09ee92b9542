import { gan } from '@quartet/contracts';
import type { AdversarialLoss, GanArchitecture, GanMode, GanSpec } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';
import { kindOf } from './kinds';
import { checkSides, defaultFilters, smallestSides } from './sides';

const { Loss, Mode } = gan;

/** What a data set's examples are, as far as a GAN cares. */
export interface ExampleInfo {
  /** [height, width, channels], [frames, height, width, channels], [samples, 1] or [columns]. */
  shape: readonly number[];
  /** Of recordings: samples a second. */
  sampleRate?: number;
  classes: number;
  /** Training examples. */
  count: number;
  /** Of a table. */
  columns?: { mean: number[]; standardDeviation: number[] };
}

/** Most numbers in one weight: 1 GiB. */
const MOST_WEIGHTS = 2 ** 28;

/** Pixels by which the discriminator's images are moved at most; by default so small a share of the shorter side. */
const MOST_SHIFT = 16;
const SHIFTED = 14;

const LOSSES: Partial<Record<gan.Loss, AdversarialLoss>> = {
  [Loss.LOSS_NON_SATURATING]: 'nonSaturating',
  [Loss.LOSS_LEAST_SQUARES]: 'leastSquares',
  [Loss.LOSS_HINGE]: 'hinge',
  [Loss.LOSS_WASSERSTEIN]: 'wasserstein',
};
const MODES: Partial<Record<gan.Mode, GanMode>> = {
  [Mode.MODE_UNCONDITIONAL]: 'unconditional',
  [Mode.MODE_CONDITIONAL]: 'conditional',
  [Mode.MODE_SEMI_SUPERVISED]: 'semiSupervised',
};

/**
 * Fills the defaults in, as gan.proto states them, and checks each field.
 * @param violations Receives one entry for each bad field, by its path in the request.
 */
export function resolveSpec(given: gan.GanSpec | undefined, info: ExampleInfo, violations: Violations): gan.GanSpec {
  const spec = given ?? gan.GanSpec.create();
  const table = info.shape.length === 1;
  const resolved: gan.GanSpec = {
    ...spec,
    architecture: withDefaults(spec.architecture, info),
    latentSize: spec.latentSize || (table ? 16 : 64),
    mode: spec.mode || (info.classes > 1 && !table ? Mode.MODE_CONDITIONAL : Mode.MODE_UNCONDITIONAL),
    loss: spec.loss || Loss.LOSS_NON_SATURATING,
    minibatchDeviation: spec.minibatchDeviation ?? table,
    ...semiSupervisedDefaults(spec, info),
    samples: kindOf(info.shape) === 'sound' ? (info.shape[0] ?? 0) : spec.samples,
  };
  check(resolved, info, violations);
  if (!violations.any) checkSize(resolved, info, violations);
  return resolved;
}

/** Few labels go further where no example is seen twice in the same way: see docs/decisions/0133. */
function semiSupervisedDefaults(spec: gan.GanSpec, { shape }: ExampleInfo): Pick<gan.GanSpec, 'augmentation' | 'instanceNoise' | 'featureNoise'> {
  const { augmentation, instanceNoise, featureNoise } = spec;
  if (spec.mode !== Mode.MODE_SEMI_SUPERVISED) return { augmentation, instanceNoise, featureNoise };
  const image = kindOf(shape) === 'image';
  const shift = Math.min(MOST_SHIFT, Math.floor(Math.min(...shape.slice(0, 2)) / SHIFTED));
  return {
    augmentation: augmentation ?? (image ? gan.DiscriminatorAugmentation.create({ shift, rotation: 12, zoom: 0.1 }) : undefined),
    instanceNoise: instanceNoise ?? (image ? 0.2 : 0),
    featureNoise: featureNoise ?? 0.5,
  };
}

function withDefaults(architecture: gan.GanSpec['architecture'], { shape }: ExampleInfo): gan.GanSpec['architecture'] {
  const table = shape.length === 1;
  const kind = architecture?.$case ?? (table ? 'dense' : 'convolutional');
  if (kind === 'dense') {
    const units = architecture?.$case === 'dense' && architecture.value.units.length > 0 ? architecture.value.units : table ? [128, 128] : [512, 512];
    return { $case: 'dense', value: { units } };
  }
  const filters = architecture?.$case === kind && 'filters' in architecture.value && architecture.value.filters.length > 0 ? architecture.value.filters : defaultFilters(shape);
  return { $case: kind, value: { filters } };
}

function check(spec: gan.GanSpec, info: ExampleInfo, violations: Violations): void {
  checkArchitecture(spec.architecture, info, violations);
  violations.integer('spec.latent_size', spec.latentSize, 1, 1024);
  if (!MODES[spec.mode]) violations.add('spec.mode', `is ${spec.mode}; it takes one of the values of quartet.gan.v1.Mode`);
  if (!LOSSES[spec.loss]) violations.add('spec.loss', `is ${spec.loss}; it takes one of the values of quartet.gan.v1.Loss`);
  const optional = (field: string, value: number | undefined, least: number, most: number): void => {
    if (value !== undefined) violations.number(`spec.${field}`, value, least, most);
  };
  optional('r1', spec.r1, 0, 1e6);
  optional('r1_final', spec.r1Final, 1e-12, spec.r1 ?? 1);
  optional('gradient_penalty', spec.gradientPenalty, 0, 1e6);
  optional('discriminator_learning_rate', spec.discriminatorLearningRate, 1e-12, 100);
  optional('generator_learning_rate', spec.generatorLearningRate, 1e-12, 100);
  violations.integer('spec.discriminator_updates', spec.discriminatorUpdates, 0, 100);
  violations.integer('spec.generator_updates', spec.generatorUpdates, 0, 100);
  if (spec.discriminatorUpdates > 1 && spec.generatorUpdates > 1) {
    violations.add('spec.generator_updates', `is ${spec.generatorUpdates} for ${spec.discriminatorUpdates} of the discriminator; one of them must be 1`);
  }
  optional('ema_decay', spec.emaDecay, 0, 0.99999);
  optional('instance_noise', spec.instanceNoise, 0, 10);
  optional('feature_noise', spec.featureNoise, 0, 10);
  optional('pseudo_labels', spec.pseudoLabels, 0, 1000);
  violations.integer('spec.round_steps', spec.roundSteps, 0, 1_000_000);
  if (info.sampleRate !== undefined) violations.integer('spec.samples', spec.samples, 256, 32_768);
  else if (spec.samples > 0) violations.add('spec.samples', `is ${spec.samples}, but the data set holds no recordings; leave it out`);
  checkAugmentation(spec.augmentation, info, violations);
  checkLabels(spec, info, violations);
  if (spec.balance) {
    const { patience = 0, minImprovement = 0, rollbacks = 0 } = spec.balance;
    violations.integer('spec.balance.patience', patience, 0, 10_000);
    violations.number('spec.balance.min_improvement', minImprovement, 0, 1);
    violations.integer('spec.balance.rollbacks', rollbacks, 0, 100);
  }
}

function checkArchitecture(architecture: gan.GanSpec['architecture'], { shape }: ExampleInfo, violations: Violations): void {
  if (architecture?.$case === 'dense') {
    const { units } = architecture.value;
    if (units.length > 8) violations.add('spec.dense.units', `has ${units.length} layers; it takes 1 to 8`);
    units.forEach((count, index) => violations.integer(`spec.dense.units[${index}]`, count, 1, 4096));
    return;
  }
  if (!architecture) return;
  const path = `spec.${architecture.$case}`;
  const kind = kindOf(shape);
  if (kind === 'table') return violations.add(path, 'is for images, and the data set is a table; use `dense`');
  if (architecture.$case === 'residual' && kind !== 'image') return violations.add(path, `is for images, and the data set is of ${kind}s; use \`convolutional\` or \`dense\``);
  checkSides(path, shape, violations);
  const { filters } = architecture.value;
  if (filters.length > 6) violations.add(`${path}.filters`, `has ${filters.length} layers; it takes 1 to 6`);
  filters.forEach((count, index) => violations.integer(`${path}.filters[${index}]`, count, 1, 1024));
}

function checkAugmentation(changes: gan.DiscriminatorAugmentation | undefined, { shape }: ExampleInfo, violations: Violations): void {
  if (!changes) return;
  const kind = kindOf(shape);
  if (kind !== 'image') return violations.add('spec.augmentation', `is for images, and the data set is ${kind === 'table' ? 'a table' : `of ${kind}s`}; leave it out`);
  violations.integer('spec.augmentation.shift', changes.shift, 0, MOST_SHIFT);
  violations.number('spec.augmentation.cutout', changes.cutout, 0, 1);
  violations.number('spec.augmentation.rotation', changes.rotation, 0, 180);
  violations.number('spec.augmentation.zoom', changes.zoom, 0, 1);
}

function checkLabels({ mode, labelledExamples, pseudoLabels }: gan.GanSpec, { classes, count }: ExampleInfo, violations: Violations): void {
  if (mode !== Mode.MODE_UNCONDITIONAL && classes < 2) {
    violations.add('spec.mode', `is ${Mode[mode]}, but the data set has ${classes === 0 ? 'no classes' : 'one class'}; use MODE_UNCONDITIONAL, or a data set of two classes or more`);
    return;
  }
  if (mode === Mode.MODE_SEMI_SUPERVISED) return violations.integer('spec.labelled_examples', labelledExamples, classes, count);
  if (pseudoLabels !== undefined) violations.add('spec.pseudo_labels', `is ${pseudoLabels}, but the mode is ${Mode[mode]}; set MODE_SEMI_SUPERVISED, or leave it out`);
  if (labelledExamples > 0) violations.add('spec.labelled_examples', `is ${labelledExamples}, but the mode is ${Mode[mode]}; set MODE_SEMI_SUPERVISED, or leave it out`);
}

/** No weight may be so large that its allocation takes the machine down. */
function checkSize({ architecture, latentSize }: gan.GanSpec, { shape, classes }: ExampleInfo, violations: Violations): void {
  const size = shape.reduce((a, b) => a * b, 1);
  const inputs = latentSize + classes;
  if (architecture?.$case === 'dense') {
    const sizes = [Math.max(size, inputs), ...architecture.value.units, size];
    const largest = Math.max(...sizes.slice(1).map((units, index) => units * (sizes[index] as number)));
    if (largest > MOST_WEIGHTS) violations.add('spec.dense.units', `makes a layer of ${largest} weights for examples of ${size} numbers; a layer takes at most ${MOST_WEIGHTS}. Take fewer units`);
    return;
  }
  if (!architecture) return;
  const { filters } = architecture.value;
  const flat = smallestSides(shape, filters.length).reduce((a, b) => a * b, 1) * (filters.at(-1) ?? 1);
  if (flat * inputs > MOST_WEIGHTS) violations.add(`spec.${architecture.$case}.filters`, `leaves ${flat} numbers, which makes a layer of ${flat * inputs} weights; a layer takes at most ${MOST_WEIGHTS}. Take more layers, or fewer filters`);
}

/** The GAN that core builds from a resolved spec. */
export function toCoreSpec(spec: gan.GanSpec, { shape, classes, columns }: ExampleInfo): GanSpec {
  const mode = MODES[spec.mode] ?? 'unconditional';
  return {
    exampleShape: [...shape],
    architecture: toArchitecture(spec.architecture),
    latentSize: spec.latentSize,
    mode,
    classes: mode === 'unconditional' ? 0 : classes,
    loss: LOSSES[spec.loss] ?? 'nonSaturating',
    spectralNormalization: spec.spectralNormalization,
    minibatchDeviation: spec.minibatchDeviation ?? false,
    instanceNoise: spec.instanceNoise ?? 0,
    featureNoise: spec.featureNoise,
    featureMatching: spec.featureMatching,
    augmentation: toAugmentation(spec.augmentation),
    columns,
  };
}

function toAugmentation(changes: gan.DiscriminatorAugmentation | undefined): GanSpec['augmentation'] {
  if (!changes) return undefined;
  const { shift, flip, cutout, rotation, zoom } = changes;
  return { shift, flip, cutout, rotation, zoom };
}

function toArchitecture(architecture: gan.GanSpec['architecture']): GanArchitecture {
  if (architecture?.$case === 'dense') return { kind: 'dense', units: architecture.value.units };
  return { kind: architecture?.$case ?? 'convolutional', filters: architecture?.value.filters ?? [] };
}
