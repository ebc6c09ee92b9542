import { autoencoder } from '@quartet/contracts';
import type { AutoencoderArchitecture, AutoencoderSpec, Corruption } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';

const { CorruptionKind, Likelihood } = autoencoder;

/** Most numbers in one weight: 1 GiB. */
const MOST_WEIGHTS = 2 ** 28;
const LARGEST_LEVEL = 10;

const CORRUPTIONS: Partial<Record<autoencoder.CorruptionKind, { kind: Corruption['kind']; most: number }>> = {
  [CorruptionKind.CORRUPTION_KIND_GAUSSIAN]: { kind: 'gaussian', most: LARGEST_LEVEL },
  [CorruptionKind.CORRUPTION_KIND_SALT_AND_PEPPER]: { kind: 'saltAndPepper', most: 1 },
  [CorruptionKind.CORRUPTION_KIND_MASKING]: { kind: 'masking', most: 1 },
  [CorruptionKind.CORRUPTION_KIND_BLUR]: { kind: 'blur', most: LARGEST_LEVEL },
};

/**
 * Fills the defaults in, as autoencoder.proto states them, and checks each field.
 *
 * @param inputShape [height, width, channels] of the data's images.
 * @param violations Receives one entry for each bad field, by its path in the request.
 */
export function resolveSpec(given: autoencoder.AutoencoderSpec | undefined, inputShape: readonly number[], violations: Violations): autoencoder.AutoencoderSpec {
  const spec = given ?? autoencoder.AutoencoderSpec.create();
  const resolved: autoencoder.AutoencoderSpec = {
    ...spec,
    architecture: withDefaults(spec.architecture),
    latentSize: spec.latentSize || 32,
    likelihood: spec.likelihood || Likelihood.LIKELIHOOD_GAUSSIAN,
    variational: spec.variational && { ...spec.variational, beta: spec.variational.beta || 1 },
    corruption: spec.corruption && { ...spec.corruption, minLevel: spec.corruption.minLevel || spec.corruption.level },
    deviation: spec.deviation || 0.1,
  };
  check(resolved, violations);
  if (!violations.any) checkSize(resolved, inputShape, violations);
  return resolved;
}

function withDefaults(architecture: autoencoder.AutoencoderSpec['architecture']): autoencoder.AutoencoderSpec['architecture'] {
  if (architecture?.$case === 'convolutional') {
    const { filters, kernelSize, units } = architecture.value;
    return { $case: 'convolutional', value: { filters: filters.length > 0 ? filters : [32, 64], kernelSize: kernelSize || 4, units } };
  }
  return { $case: 'dense', value: { units: architecture?.value.units.length ? architecture.value.units : [512, 256] } };
}

function check(spec: autoencoder.AutoencoderSpec, violations: Violations): void {
  const { architecture, variational, corruption } = spec;
  if (architecture?.$case === 'convolutional') {
    const { filters, kernelSize, units } = architecture.value;
    if (filters.length > 8) violations.add('spec.convolutional.filters', `has ${filters.length} convolutions; it takes 1 to 8`);
    filters.forEach((count, index) => violations.integer(`spec.convolutional.filters[${index}]`, count, 1, 1024));
    violations.integer('spec.convolutional.kernel_size', kernelSize, 2, 11);
    violations.integer('spec.convolutional.units', units, 0, 8192);
  } else if (architecture) {
    const { units } = architecture.value;
    if (units.length > 16) violations.add('spec.dense.units', `has ${units.length} layers; it takes 1 to 16`);
    units.forEach((count, index) => violations.integer(`spec.dense.units[${index}]`, count, 1, 8192));
  }
  violations.integer('spec.latent_size', spec.latentSize, 1, 4096);
  if (spec.likelihood !== Likelihood.LIKELIHOOD_GAUSSIAN && spec.likelihood !== Likelihood.LIKELIHOOD_BERNOULLI) {
    violations.add('spec.likelihood', `is ${spec.likelihood}; it takes LIKELIHOOD_GAUSSIAN or LIKELIHOOD_BERNOULLI`);
  }
  if (variational) {
    if (!(variational.beta > 0 && variational.beta <= 1000)) violations.add('spec.variational.beta', `is ${variational.beta}; it takes a number above 0, at most 1000`);
    violations.number('spec.variational.free_bits', variational.freeBits, 0, 100);
    if (spec.sparsity > 0) violations.add('spec.sparsity', `is ${spec.sparsity}, but a variational latent is held small by its prior; set it to 0, or leave \`variational\` out`);
  }
  if (corruption) checkCorruption(corruption, violations);
  violations.number('spec.dropout', spec.dropout, 0, 0.95);
  violations.number('spec.sparsity', spec.sparsity, 0, 1000);
  violations.number('spec.deviation', spec.deviation, 0.001, 10);
}

function checkCorruption({ kind, level, minLevel }: autoencoder.Corruption, violations: Violations): void {
  const known = CORRUPTIONS[kind];
  if (!known) {
    violations.add('spec.corruption.kind', `is ${kind}; it takes CORRUPTION_KIND_GAUSSIAN, _SALT_AND_PEPPER, _MASKING or _BLUR`);
    return;
  }
  if (!(level > 0 && level <= known.most)) {
    violations.add('spec.corruption.level', `is ${level}; it takes a number above 0, at most ${known.most}`);
  } else if (!(minLevel > 0 && minLevel <= level)) {
    violations.add('spec.corruption.min_level', `is ${minLevel}; it takes a number above 0, at most the level, ${level}`);
  }
}

/** No weight may be so large that its allocation takes the machine down. */
function checkSize({ architecture, latentSize }: autoencoder.AutoencoderSpec, inputShape: readonly number[], violations: Violations): void {
  const size = inputShape.reduce((a, b) => a * b, 1);
  if (architecture?.$case === 'dense') {
    const sizes = [size, ...architecture.value.units, latentSize];
    const largest = Math.max(...sizes.slice(1).map((units, index) => units * (sizes[index] as number)));
    if (largest > MOST_WEIGHTS) violations.add('spec.dense.units', `makes a layer of ${largest} weights for images of ${size} numbers; a layer takes at most ${MOST_WEIGHTS}. Take fewer units, or \`convolutional\``);
    return;
  }
  if (!architecture) return;
  const { filters, units } = architecture.value;
  const [height = 1, width = 1] = inputShape;
  const half = (side: number): number => filters.reduce((left) => Math.ceil(left / 2), side);
  const flat = half(height) * half(width) * (filters.at(-1) ?? 1);
  const largest = flat * (units || latentSize);
  if (largest > MOST_WEIGHTS) violations.add('spec.convolutional.filters', `leaves ${flat} numbers, which makes a layer of ${largest} weights; a layer takes at most ${MOST_WEIGHTS}. Take more convolutions, or fewer filters`);
}

/** The autoencoder that core builds from a resolved spec. */
export function toCoreSpec(spec: autoencoder.AutoencoderSpec, inputShape: readonly number[]): AutoencoderSpec {
  const { variational, corruption, latentSize, deviation, dropout, sparsity } = spec;
  const known = corruption && CORRUPTIONS[corruption.kind];
  return {
    inputShape: [...inputShape],
    architecture: toArchitecture(spec.architecture),
    latentSize,
    likelihood: spec.likelihood === Likelihood.LIKELIHOOD_BERNOULLI ? 'bernoulli' : 'gaussian',
    deviation,
    variational: variational && { beta: variational.beta, warmUpSteps: variational.warmUpSteps, freeBits: variational.freeBits },
    corruption: known && { kind: known.kind, level: corruption.level, minLevel: corruption.minLevel },
    dropout,
    sparsity,
  };
}

function toArchitecture(architecture: autoencoder.AutoencoderSpec['architecture']): AutoencoderArchitecture {
  if (architecture?.$case === 'convolutional') {
    const { filters, kernelSize, units } = architecture.value;
    return { kind: 'convolutional', filters, kernelSize, units };
  }
  return { kind: 'dense', units: architecture?.value.units ?? [] };
}
