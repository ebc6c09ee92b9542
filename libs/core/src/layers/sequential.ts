import { CoreError } from '../errors';
import { elu, leakyRelu, relu } from '../ops/activations';
import { ACTIVATIONS, type Activation } from './activation';
import type { Layer } from './layer';

/**
 * One layer after the other.
 *
 * @example
 * const net = sequential(conv2d(p.scope(0), 1, 32), batchNormalization(p.scope(1), 32), activation('relu'), maxPool2d(), flatten());
 */
export const sequential = (...layers: Layer[]): Layer => (x, context) => layers.reduce((y, layer) => layer(y, context), x);

/** @param slope Of leakyRelu: its slope below 0. Of elu: its alpha. Default: as ACTIVATIONS says. */
export function activation(name: Activation, slope?: number): Layer {
  if (slope === undefined) return ACTIVATIONS[name];
  if (name === 'leakyRelu') return (x) => leakyRelu(x, slope);
  if (name === 'elu') return (x) => relu(x).add(elu(relu(x.neg()).neg()).mul(slope));
  throw new CoreError('INTERNAL', `the activation ${name} has no slope`);
}

/** x + inner(x), or + shortcut(x) for an inner part that changes the shape (He et al., 2016). */
export const residual = (inner: Layer, shortcut: Layer = (x) => x): Layer => (x, context) => shortcut(x, context).add(inner(x, context));
