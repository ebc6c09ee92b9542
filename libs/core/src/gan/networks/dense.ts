import { dense } from '../../layers/dense';
import type { Parameters } from '../../layers/parameters';
import { sequential } from '../../layers/sequential';
import { flatten, reshape } from '../../layers/shape';
import { exampleSize, type GanSpec } from '../spec';
import type { GanNetworks } from './network';

/** Fully connected networks: for tables, and small images. */
export function denseNetworks(spec: GanSpec, inputs: number, generator: Parameters, discriminator: Parameters): GanNetworks {
  const units = spec.architecture.kind === 'dense' ? spec.architecture.units : [];
  const size = exampleSize(spec);
  const { spectralNormalization } = spec;
  const hidden = units.map((count, index) => dense(generator.scope(index), units[index - 1] ?? inputs, count, { activation: 'relu' }));
  const judging = units.map((count, index) => dense(discriminator.scope(index), units[index - 1] ?? size, count, { activation: 'leakyRelu', spectralNormalization }));
  return {
    generator: sequential(...hidden, dense(generator.scope('output'), units.at(-1) ?? inputs, size), reshape(...spec.exampleShape)),
    features: sequential(flatten(), ...judging),
    featureCount: units.at(-1) ?? size,
  };
}
