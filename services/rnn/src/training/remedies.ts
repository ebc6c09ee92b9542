import type { DiagnosticEvent } from '@quartet/core';
import type { NetworkPlan } from '../network/recurrent';

/** A changed network to start anew with, and what is changed, in words. */
export interface Remedy {
  network: NetworkPlan;
  words: string;
}

/**
 * What to change about a network whose gradient vanishes on its way back through time; undefined: nothing that this knows of is left.
 * @param steps Of the longest sequence.
 */
export function remedyFor(network: NetworkPlan, steps: number): Remedy | undefined {
  const gates = `gates that start with memories of up to ${steps} steps`;
  if (network.cell === 'simple') return { network: { ...network, cell: 'lstm', memory: steps }, words: `started anew with an LSTM in place of the simple cell, its ${gates}` };
  if (network.memory === undefined) return { network: { ...network, memory: steps, forgetBias: undefined }, words: `started anew with ${gates}` };
  return undefined;
}

/** What a person can do, in the fields of the request. */
export function adviceFor({ verdict }: Pick<DiagnosticEvent, 'verdict'>, network: NetworkPlan, steps: number): string {
  if (verdict === 'exploding') {
    const orthogonal = network.start === 'glorot' ? ', start RECURRENT_START_ORTHOGONAL' : '';
    return `set clip_global_norm (say 1), a lower learning_rate${orthogonal}, or truncate; gradients: GRADIENT_POLICY_APPLY clips and goes on at half the rate by itself`;
  }
  const advice = [
    network.cell === 'simple' ? `use CELL_LSTM or CELL_GRU with memory ${steps}` : network.memory === undefined ? `set memory to ${steps}, so that the gates start open` : '',
    network.start === 'glorot' ? 'use RECURRENT_START_ORTHOGONAL' : '',
    network.layerNormalization ? '' : 'set layer_normalization',
    'use shorter sequences',
  ];
  return `if the answer depends on what is further back: ${advice.filter(Boolean).join(', ')}; gradients: GRADIENT_POLICY_APPLY does so by itself`;
}
