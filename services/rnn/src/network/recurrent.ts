import { bidirectional, gaussianNoise, gru, initializers, lstm, simpleRnn, stacked, truncated, type Layer, type Parameters, type RecurrentLayer } from '@quartet/core';

/** A stack of recurrent layers. */
export interface NetworkPlan {
  cell: 'gru' | 'lstm' | 'simple';
  units: number;
  layers: number;
  bidirectional: boolean;
  dropout: number;
  /** Deviation of the noise that training adds to the inputs. */
  inputNoise: number;
  /** Steps of the longest memory that the gates start with; undefined: the usual start. */
  memory?: number;
  /** Of an LSTM. */
  forgetBias?: number;
  /** Of the recurrent kernels; undefined: orthogonal. */
  start?: 'glorot';
  /** The hidden state is normalized at each step. */
  layerNormalization?: boolean;
  /** Steps after which the gradient is cut off. */
  truncate?: number;
  /** What is done about the gradient through time; undefined: remedies are proposed. */
  gradients?: 'apply' | 'off';
}

/** One layer of one direction. */
export function recurrentCell(parameters: Parameters, inputs: number, plan: NetworkPlan): RecurrentLayer {
  const { cell, units, memory, forgetBias } = plan;
  const options = { recurrentInitializer: plan.start === 'glorot' ? initializers.glorotUniform : undefined, normalize: plan.layerNormalization };
  const make = { gru: () => gru(parameters, inputs, units, { ...options, memory }), lstm: () => lstm(parameters, inputs, units, { ...options, memory, forgetBias }), simple: () => simpleRnn(parameters, inputs, units, options) };
  const layer = make[cell]();
  return plan.truncate ? truncated(layer, plan.truncate) : layer;
}

/** [batch, time, inputs] -> states of [batch, units]. */
export function recurrentStack(parameters: Parameters, inputs: number, plan: NetworkPlan): RecurrentLayer {
  const stack: RecurrentLayer[] = [];
  for (let index = 0; index < plan.layers; index++) {
    const size = stack.at(-1)?.units ?? inputs;
    const make = (scope: Parameters): RecurrentLayer => recurrentCell(scope, size, plan);
    const scope = parameters.scope(index);
    stack.push(plan.bidirectional ? bidirectional(scope, make) : make(scope));
  }
  return stacked(stack);
}

/** The noise that training adds to a network's inputs. */
export function inputNoise(parameters: Parameters, { inputNoise: deviation }: NetworkPlan): Layer {
  return deviation > 0 ? gaussianNoise(parameters, deviation) : (x) => x;
}
