import { bidirectional, gaussianNoise, gru, lstm, simpleRnn, stacked, type Layer, type Parameters, type RecurrentLayer } from '@quartet/core';

/** A stack of recurrent layers. */
export interface NetworkPlan {
  cell: 'gru' | 'lstm' | 'simple';
  units: number;
  layers: number;
  bidirectional: boolean;
  dropout: number;
  /** Deviation of the noise that training adds to the inputs. */
  inputNoise: number;
}

const CELLS = { gru, lstm, simple: simpleRnn };

/** [batch, time, inputs] -> states of [batch, units]. */
export function recurrentStack(parameters: Parameters, inputs: number, { cell, units, layers, bidirectional: both }: NetworkPlan): RecurrentLayer {
  const stack: RecurrentLayer[] = [];
  for (let index = 0; index < layers; index++) {
    const size = stack.at(-1)?.units ?? inputs;
    const make = (scope: Parameters): RecurrentLayer => CELLS[cell](scope, size, units);
    const scope = parameters.scope(index);
    stack.push(both ? bidirectional(scope, make) : make(scope));
  }
  return stacked(stack);
}

/** The noise that training adds to a network's inputs. */
export function inputNoise(parameters: Parameters, { inputNoise: deviation }: NetworkPlan): Layer {
  return deviation > 0 ? gaussianNoise(parameters, deviation) : (x) => x;
}
