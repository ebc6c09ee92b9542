import { autoencoder } from '@quartet/contracts';
import type { Dataset } from '@quartet/contracts';
import type { AutoencoderArchitecture, AutoencoderSpec, Corruption } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';
import { inputShapeOf, type DataShape } from './data/shape';
import { checkArchitecture, checkSize } from './spec-check';

const { CorruptionKind, Likelihood, RecurrentCell } = autoencoder;

const LARGEST_LEVEL = 10;
const DEFAULT_LATENT = 32;
const DEFAULT_WINDOW = 32;
const MOST_WINDOW = 1024;
/** Code vectors' numbers that a manifest may hold. */
const MOST_CODES = 65_536;

const CORRUPTIONS: Partial<Record<autoencoder.CorruptionKind, { kind: Corruption['kind']; most: number }>> = {
  [CorruptionKind.CORRUPTION_KIND_GAUSSIAN]: { kind: 'gaussian', most: LARGEST_LEVEL },
  [CorruptionKind.CORRUPTION_KIND_SALT_AND_PEPPER]: { kind: 'saltAndPepper', most: 1 },
  [CorruptionKind.CORRUPTION_KIND_MASKING]: { kind: 'masking', most: 1 },
  [CorruptionKind.CORRUPTION_KIND_BLUR]: { kind: 'blur', most: LARGEST_LEVEL },
};

/**
 * Fills the defaults in, as autoencoder.proto states them, and checks each field.
 *
 * @param violations Receives one entry for each bad field, by its path in the request.
 */
export function resolveSpec(given: autoencoder.AutoencoderSpec | undefined, data: DataShape, violations: Violations): autoencoder.AutoencoderSpec {
  const spec = given ?? autoencoder.AutoencoderSpec.create();
  const window = data.kind === 'series' ? spec.window || Math.max(2, Math.min(DEFAULT_WINDOW, data.rows)) : spec.window;
  const inputShape = inputShapeOf(data, window);
  const image = data.kind === 'image';
  const numbers = inputShape.reduce((a, b) => a * b, 1);
  const resolved: autoencoder.AutoencoderSpec = {
    ...spec,
    architecture: withDefaults(spec.architecture, data),
    latentSize: spec.latentSize || (image ? DEFAULT_LATENT : Math.min(DEFAULT_LATENT, Math.ceil(numbers / 4))),
    likelihood: spec.likelihood || Likelihood.LIKELIHOOD_GAUSSIAN,
    variational: spec.variational && { ...spec.variational, beta: spec.variational.beta || 1 },
    corruption: spec.corruption && { ...spec.corruption, minLevel: spec.corruption.minLevel || spec.corruption.level },
    codebook: spec.codebook && { size: spec.codebook.size || 64, dimension: spec.codebook.dimension || 1, commitment: spec.codebook.commitment || 0.25 },
    deviation: spec.deviation || (image ? 0.1 : 0.5),
    window,
  };
  check(resolved, data, violations);
  if (!violations.any) checkSize(resolved, inputShape, violations);
  return resolved;
}

function withDefaults(architecture: autoencoder.AutoencoderSpec['architecture'], { kind }: DataShape): autoencoder.AutoencoderSpec['architecture'] {
  switch (architecture?.$case) {
    case 'convolutional': {
      const { filters, kernelSize, units } = architecture.value;
      return { $case: 'convolutional', value: { filters: filters.length > 0 ? filters : [32, 64], kernelSize: kernelSize || 4, units } };
    }
    case 'recurrent': {
      const { cell, units, layers } = architecture.value;
      return { $case: 'recurrent', value: { cell: cell || RecurrentCell.RECURRENT_CELL_GRU, units: units || 64, layers: layers || 1 } };
    }
    case 'dense':
      if (architecture.value.units.length > 0) return architecture;
  }
  if (kind === 'image' || kind === 'table' || architecture) return { $case: 'dense', value: { units: kind === 'image' ? [512, 256] : [128, 64] } };
  return { $case: 'recurrent', value: { cell: RecurrentCell.RECURRENT_CELL_GRU, units: 64, layers: 1 } };
}

function check(spec: autoencoder.AutoencoderSpec, data: DataShape, violations: Violations): void {
  const { variational, corruption, codebook } = spec;
  checkArchitecture(spec.architecture, data, violations);
  violations.integer('spec.latent_size', spec.latentSize, 1, 4096);
  if (spec.likelihood !== Likelihood.LIKELIHOOD_GAUSSIAN && spec.likelihood !== Likelihood.LIKELIHOOD_BERNOULLI) {
    violations.add('spec.likelihood', `is ${spec.likelihood}; it takes LIKELIHOOD_GAUSSIAN or LIKELIHOOD_BERNOULLI`);
  }
  if (spec.likelihood === Likelihood.LIKELIHOOD_BERNOULLI && data.kind !== 'image') violations.add('spec.likelihood', 'is LIKELIHOOD_BERNOULLI, which is of images; use LIKELIHOOD_GAUSSIAN');
  if (variational) checkVariational(spec, variational, violations);
  if (codebook) checkCodebook(spec, codebook, violations);
  if (corruption) checkCorruption(corruption, data, violations);
  if (spec.binarize && (spec.likelihood !== Likelihood.LIKELIHOOD_BERNOULLI || data.kind !== 'image')) violations.add('spec.binarize', 'is set, which is for images with LIKELIHOOD_BERNOULLI; set that, or leave it out');
  violations.number('spec.dropout', spec.dropout, 0, 0.95);
  violations.number('spec.sparsity', spec.sparsity, 0, 1000);
  violations.number('spec.contraction', spec.contraction, 0, 1000);
  violations.number('spec.deviation', spec.deviation, 0.001, 10);
  if (data.kind !== 'series') {
    if (spec.window > 0) violations.add('spec.window', `is ${spec.window}, but the data is no series; leave it 0`);
  } else if (spec.window > data.rows) violations.add('spec.window', `is ${spec.window}, but the training part has ${data.rows} rows; take at most those`);
  else violations.integer('spec.window', spec.window, 2, MOST_WINDOW);
}

function checkVariational({ sparsity, contraction, codebook }: autoencoder.AutoencoderSpec, { beta, freeBits }: autoencoder.Variational, violations: Violations): void {
  if (!(beta > 0 && beta <= 1000)) violations.add('spec.variational.beta', `is ${beta}; it takes a number above 0, at most 1000`);
  violations.number('spec.variational.free_bits', freeBits, 0, 100);
  const held = 'but a variational latent is held small by its prior; set it to 0, or leave `variational` out';
  if (sparsity > 0) violations.add('spec.sparsity', `is ${sparsity}, ${held}`);
  if (contraction > 0) violations.add('spec.contraction', `is ${contraction}, ${held}`);
  if (codebook) violations.add('spec.codebook', 'is set beside `variational`; a latent is drawn from a distribution or made of code vectors, so leave one of them out');
}

function checkCodebook({ latentSize }: autoencoder.AutoencoderSpec, { size, dimension, commitment }: autoencoder.Codebook, violations: Violations): void {
  violations.integer('spec.codebook.size', size, 2, 4096);
  if (!(Number.isInteger(dimension) && dimension >= 1 && latentSize % dimension === 0)) violations.add('spec.codebook.dimension', `is ${dimension}; it takes a divisor of latent_size, ${latentSize}`);
  if (!(commitment > 0 && commitment <= 100)) violations.add('spec.codebook.commitment', `is ${commitment}; it takes a number above 0, at most 100`);
  if (size <= 4096 && size * latentSize > MOST_CODES) violations.add('spec.codebook.size', `is ${size}, which makes ${size * latentSize} numbers with a latent_size of ${latentSize}; at most ${MOST_CODES}. Take a smaller one`);
}

function checkCorruption({ kind, level, minLevel }: autoencoder.Corruption, data: DataShape, violations: Violations): void {
  const known = CORRUPTIONS[kind];
  if (!known) {
    violations.add('spec.corruption.kind', `is ${kind}; it takes CORRUPTION_KIND_GAUSSIAN, _SALT_AND_PEPPER, _MASKING or _BLUR`);
    return;
  }
  if (data.kind !== 'image' && (known.kind === 'blur' || known.kind === 'saltAndPepper')) {
    violations.add('spec.corruption.kind', `is ${CorruptionKind[kind]}, which is of images; use CORRUPTION_KIND_GAUSSIAN or _MASKING`);
  }
  if (!(level > 0 && level <= known.most)) {
    violations.add('spec.corruption.level', `is ${level}; it takes a number above 0, at most ${known.most}`);
  } else if (!(minLevel > 0 && minLevel <= level)) {
    violations.add('spec.corruption.min_level', `is ${minLevel}; it takes a number above 0, at most the level, ${level}`);
  }
}

/** The autoencoder that core builds from a resolved spec and its data. */
export function toCoreSpec(spec: autoencoder.AutoencoderSpec, data: DataShape, { schema }: Pick<Dataset, 'schema'>): AutoencoderSpec {
  const { variational, corruption, codebook, latentSize, deviation, dropout, sparsity, contraction, binarize } = spec;
  const known = corruption && CORRUPTIONS[corruption.kind];
  return {
    inputShape: inputShapeOf(data, spec.window),
    ...(data.kind !== 'image' && { scale: { mean: schema?.mean ?? [], deviation: schema?.standardDeviation ?? [] } }),
    architecture: toArchitecture(spec.architecture),
    latentSize,
    likelihood: spec.likelihood === Likelihood.LIKELIHOOD_BERNOULLI ? 'bernoulli' : 'gaussian',
    deviation,
    variational: variational && { beta: variational.beta, warmUpSteps: variational.warmUpSteps, freeBits: variational.freeBits },
    codebook: codebook && { size: codebook.size, dimension: codebook.dimension, commitment: codebook.commitment },
    corruption: known && { kind: known.kind, level: corruption.level, minLevel: corruption.minLevel },
    dropout,
    sparsity,
    contraction,
    binarize,
  };
}

function toArchitecture(architecture: autoencoder.AutoencoderSpec['architecture']): AutoencoderArchitecture {
  switch (architecture?.$case) {
    case 'convolutional': {
      const { filters, kernelSize, units } = architecture.value;
      return { kind: 'convolutional', filters, kernelSize, units };
    }
    case 'recurrent': {
      const { cell, units, layers } = architecture.value;
      return { kind: 'recurrent', cell: cell === RecurrentCell.RECURRENT_CELL_LSTM ? 'lstm' : 'gru', units, layers };
    }
    default:
      return { kind: 'dense', units: architecture?.value.units ?? [] };
  }
}
