import { autoencoder } from '@quartet/contracts';
import type { Violations } from '@quartet/service-kit';
import type { DataShape } from './data/shape';

const { RecurrentCell } = autoencoder;

/** Most numbers in one weight: 1 GiB. */
const MOST_WEIGHTS = 2 ** 28;
/** Steps of a sequence: a recurrent network is unrolled over them. */
const MOST_STEPS = 1024;

type Architecture = autoencoder.AutoencoderSpec['architecture'];

/** Layers within their bounds, and of a kind that the data can be given to. */
export function checkArchitecture(architecture: Architecture, { kind, stored }: DataShape, violations: Violations): void {
  switch (architecture?.$case) {
    case 'convolutional': {
      const { filters, kernelSize, units } = architecture.value;
      if (kind !== 'image') violations.add('spec.convolutional', `is set, which is of images; the data is ${kind === 'table' ? 'a table: use `dense`' : `a ${kind}: use \`recurrent\` or \`dense\``}`);
      if (filters.length > 8) violations.add('spec.convolutional.filters', `has ${filters.length} convolutions; it takes 1 to 8`);
      filters.forEach((count, index) => violations.integer(`spec.convolutional.filters[${index}]`, count, 1, 1024));
      violations.integer('spec.convolutional.kernel_size', kernelSize, 2, 11);
      violations.integer('spec.convolutional.units', units, 0, 8192);
      return;
    }
    case 'recurrent': {
      const { cell, units, layers } = architecture.value;
      if (kind !== 'series' && kind !== 'sequence') violations.add('spec.recurrent', `is set, which is of series and sequences; use \`dense\`${kind === 'image' ? ' or `convolutional`' : ''}`);
      if (kind === 'sequence' && stored[0]! > MOST_STEPS) violations.add('spec.recurrent', `is set, but the data has sequences of up to ${stored[0]} steps; it takes at most ${MOST_STEPS}. Shorten them, or use \`dense\``);
      if (cell !== RecurrentCell.RECURRENT_CELL_GRU && cell !== RecurrentCell.RECURRENT_CELL_LSTM) violations.add('spec.recurrent.cell', `is ${cell}; it takes RECURRENT_CELL_GRU or RECURRENT_CELL_LSTM`);
      violations.integer('spec.recurrent.units', units, 1, 1024);
      violations.integer('spec.recurrent.layers', layers, 1, 4);
      return;
    }
    case 'dense': {
      const { units } = architecture.value;
      if (units.length > 16) violations.add('spec.dense.units', `has ${units.length} layers; it takes 1 to 16`);
      units.forEach((count, index) => violations.integer(`spec.dense.units[${index}]`, count, 1, 8192));
    }
  }
}

/** No weight may be so large that its allocation takes the machine down. */
export function checkSize({ architecture, latentSize }: autoencoder.AutoencoderSpec, inputShape: readonly number[], violations: Violations): void {
  const size = inputShape.reduce((a, b) => a * b, 1);
  if (architecture?.$case === 'dense') {
    const sizes = [size, ...architecture.value.units, latentSize];
    const largest = Math.max(...sizes.slice(1).map((units, index) => units * (sizes[index] as number)));
    if (largest > MOST_WEIGHTS) violations.add('spec.dense.units', `makes a layer of ${largest} weights for examples of ${size} numbers; a layer takes at most ${MOST_WEIGHTS}. Take fewer units${inputShape.length === 3 ? ', or \`convolutional\`' : ''}`);
    return;
  }
  if (architecture?.$case !== 'convolutional') return;
  const { filters, units } = architecture.value;
  const [height = 1, width = 1] = inputShape;
  const half = (side: number): number => filters.reduce((left) => Math.ceil(left / 2), side);
  const flat = half(height) * half(width) * (filters.at(-1) ?? 1);
  const largest = flat * (units || latentSize);
  if (largest > MOST_WEIGHTS) violations.add('spec.convolutional.filters', `leaves ${flat} numbers, which makes a layer of ${largest} weights; a layer takes at most ${MOST_WEIGHTS}. Take more convolutions, or fewer filters`);
}
