import { tf, type Tensor, type Variable } from '../../engine';
import { statelessUniform } from '../../random';
import type { Initializer, Parameters } from '../parameters';
import { GRU_CELL } from './gru-cell';
import { glorotUniform, ones, orthogonal, zeros } from '../initializers';
import { LSTM_CELL } from './lstm-cell';
import type { Cell } from './cell';
import { normalizedCell } from './normalized-cell';
import { recurrentLayer, type RecurrentLayer } from './recurrent-layer';
import { simpleRnnCell } from './simple-rnn-cell';

export interface RecurrentOptions {
  /** Default: Glorot's uniform one. */
  kernelInitializer?: Initializer;
  /** Default: orthogonal (Saxe et al., 2014). */
  recurrentInitializer?: Initializer;
  /** Normalizes the hidden state at each step: see normalizedCell. Weights `gamma`, `beta`. Default false. */
  normalize?: boolean;
}

export interface LstmOptions extends RecurrentOptions {
  /** The forget gate's bias at the start. Default 1 (Jozefowicz et al., 2015). */
  forgetBias?: number;
  /** Gates that start with memories of 1 to so many steps; see `memories`. In place of `forgetBias`. Default: none. */
  memory?: number;
}

export interface GruOptions extends RecurrentOptions {
  /** Gates that start with memories of 1 to so many steps; see `memories`. Default: none. */
  memory?: number;
}

export interface SimpleRnnOptions extends RecurrentOptions {
  activation?: 'tanh' | 'relu';
}

/**
 * Long short-term memory; see LSTM_CELL. Its states are h and c. Weights as in Keras, by name, shape and order of gates.
 *
 * @example
 * const layer = lstm(parameters.scope('rnn'), 16, 128);
 * const { last } = layer.apply(x, { lengths, inputGradient: false }); // x [batch, time, 16], last [batch, 128]
 */
export function lstm(parameters: Parameters, inputSize: number, units: number, options: LstmOptions = {}): RecurrentLayer {
  const forgetBias: Initializer = (_, seed) =>
    tf().tidy(() => {
      const forget = options.memory ? memories(units, options.memory, seed) : tf().fill([units], options.forgetBias ?? 1);
      const input = options.memory ? forget.neg() : tf().zeros([units]);
      return tf().concat([input, forget, tf().zeros([2 * units])]);
    });
  const weights = [...kernels(parameters, inputSize, units, 4, options), parameters.weight('bias', [4 * units], forgetBias)];
  return layerOf(LSTM_CELL, parameters, inputSize, units, weights, options);
}

/** Gated recurrent unit, Keras' `reset_after` variant; see GRU_CELL. Weights as in Keras, by name, shape and order of gates. */
export function gru(parameters: Parameters, inputSize: number, units: number, options: GruOptions = {}): RecurrentLayer {
  const { memory } = options;
  const bias: Initializer = (shape, seed) =>
    memory ? tf().tidy(() => tf().stack([tf().concat([memories(units, memory, seed), tf().zeros([2 * units])]), tf().zeros([3 * units])])) : zeros(shape, seed);
  const weights = [...kernels(parameters, inputSize, units, 3, options), parameters.weight('bias', [2, 3 * units], bias)];
  return layerOf(GRU_CELL, parameters, inputSize, units, weights, options);
}

/** The simple recurrent net; see simpleRnnCell. Weights as in Keras. */
export function simpleRnn(parameters: Parameters, inputSize: number, units: number, options: SimpleRnnOptions = {}): RecurrentLayer {
  const weights = [...kernels(parameters, inputSize, units, 1, options), parameters.weight('bias', [units], zeros)];
  return layerOf(simpleRnnCell(options.activation ?? 'tanh'), parameters, inputSize, units, weights, options);
}

/**
 * Biases of a gate that keeps the state, so that the units' memories are 1 to `steps` steps long, evenly spread: ln(u), u uniform in
 * 1..steps - 1 (Tallec and Ollivier, 2018).
 */
function memories(units: number, steps: number, seed: number): Tensor {
  return statelessUniform([units], seed, 0).mul(Math.max(steps - 2, 0)).add(1).log();
}

function layerOf(cell: Cell, parameters: Parameters, inputSize: number, units: number, weights: readonly Variable[], { normalize }: RecurrentOptions): RecurrentLayer {
  if (!normalize) return recurrentLayer(cell, inputSize, units, weights);
  return recurrentLayer(normalizedCell(cell), inputSize, units, [...weights, parameters.weight('gamma', [units], ones), parameters.weight('beta', [units], zeros)]);
}

function kernels(parameters: Parameters, inputSize: number, units: number, gates: number, options: RecurrentOptions) {
  return [
    parameters.weight('kernel', [inputSize, gates * units], options.kernelInitializer ?? glorotUniform),
    parameters.weight('recurrent_kernel', [units, gates * units], options.recurrentInitializer ?? orthogonal()),
  ];
}
