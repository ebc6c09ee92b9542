import { rnn } from '@quartet/contracts';
import type { Violations } from '@quartet/service-kit';
import type { NetworkPlan } from './recurrent';

const CELLS: Partial<Record<rnn.Cell, NetworkPlan['cell']>> = {
  [rnn.Cell.CELL_GRU]: 'gru',
  [rnn.Cell.CELL_LSTM]: 'lstm',
  [rnn.Cell.CELL_SIMPLE]: 'simple',
};

/** undefined: as a plan is without it. */
const POLICIES: Partial<Record<rnn.GradientPolicy, NetworkPlan['gradients']>> = {
  [rnn.GradientPolicy.GRADIENT_POLICY_PROPOSE]: undefined,
  [rnn.GradientPolicy.GRADIENT_POLICY_APPLY]: 'apply',
  [rnn.GradientPolicy.GRADIENT_POLICY_OFF]: 'off',
};
const STARTS: Partial<Record<rnn.RecurrentStart, NetworkPlan['start']>> = {
  [rnn.RecurrentStart.RECURRENT_START_ORTHOGONAL]: undefined,
  [rnn.RecurrentStart.RECURRENT_START_GLOROT]: 'glorot',
};

export type NetworkDefaults = Pick<NetworkPlan, 'units' | 'bidirectional' | 'dropout' | 'inputNoise'> & { cell?: rnn.Cell; layers?: number };

/** Fills the defaults in and checks the ranges that network.proto states. @param path In the request. */
export function resolveNetwork(given: rnn.RecurrentSpec | undefined, violations: Violations, path: string, defaults: NetworkDefaults): rnn.RecurrentSpec {
  const spec: rnn.RecurrentSpec = {
    cell: given?.cell || defaults.cell || rnn.Cell.CELL_GRU,
    units: given?.units || defaults.units,
    layers: given?.layers || defaults.layers || 1,
    bidirectional: given?.bidirectional ?? defaults.bidirectional,
    dropout: given?.dropout ?? defaults.dropout,
    inputNoise: given?.inputNoise ?? defaults.inputNoise,
    gradients: given?.gradients || rnn.GradientPolicy.GRADIENT_POLICY_PROPOSE,
    memory: given?.memory ?? 0,
    forgetBias: given?.forgetBias,
    start: given?.start || rnn.RecurrentStart.RECURRENT_START_ORTHOGONAL,
    truncate: given?.truncate ?? 0,
    layerNormalization: given?.layerNormalization ?? false,
  };
  if (!CELLS[spec.cell]) violations.add(`${path}.cell`, `received ${spec.cell}, expected CELL_GRU, CELL_LSTM or CELL_SIMPLE`);
  violations.integer(`${path}.units`, spec.units, 1, 1024);
  violations.integer(`${path}.layers`, spec.layers, 1, 8);
  violations.number(`${path}.dropout`, spec.dropout!, 0, 0.95);
  violations.number(`${path}.input_noise`, spec.inputNoise!, 0, 10);
  checkRemedies(spec, violations, path);
  return spec;
}

function checkRemedies({ cell, bidirectional, gradients, memory, forgetBias, start, truncate }: rnn.RecurrentSpec, violations: Violations, path: string): void {
  violations.integer(`${path}.memory`, memory, 0, 100_000);
  violations.integer(`${path}.truncate`, truncate, 0, 100_000);
  if (forgetBias !== undefined) violations.number(`${path}.forget_bias`, forgetBias, -10, 10);
  if (memory > 0 && cell === rnn.Cell.CELL_SIMPLE) violations.add(`${path}.memory`, `is ${memory}, but a simple cell has no gates; use CELL_LSTM or CELL_GRU`);
  if (forgetBias !== undefined && cell !== rnn.Cell.CELL_LSTM) violations.add(`${path}.forget_bias`, `is ${forgetBias}, but only an LSTM has a forget gate; use CELL_LSTM, or leave it unset`);
  if (forgetBias !== undefined && memory > 0) violations.add(`${path}.forget_bias`, `is ${forgetBias} beside a memory of ${memory} steps, which sets the same biases; set one of them`);
  if (truncate > 0 && bidirectional) violations.add(`${path}.truncate`, `is ${truncate}, but the network reads from both ends; set bidirectional to false, or truncate to 0`);
  if (!(gradients in POLICIES)) violations.add(`${path}.gradients`, `received ${gradients}, expected GRADIENT_POLICY_PROPOSE, GRADIENT_POLICY_APPLY or GRADIENT_POLICY_OFF`);
  if (!(start in STARTS)) violations.add(`${path}.start`, `received ${start}, expected RECURRENT_START_ORTHOGONAL or RECURRENT_START_GLOROT`);
}

/** For tasks whose decoders take none of these. @param spec Resolved. @param what `an encoder-decoder`. */
export function refuseRemedies({ gradients, memory, forgetBias, start, truncate, layerNormalization }: rnn.RecurrentSpec, violations: Violations, path: string, what: string): void {
  const given = {
    gradients: gradients === rnn.GradientPolicy.GRADIENT_POLICY_APPLY,
    memory: memory > 0,
    forget_bias: forgetBias !== undefined,
    start: start !== rnn.RecurrentStart.RECURRENT_START_ORTHOGONAL,
    truncate: truncate > 0,
    layer_normalization: layerNormalization,
  };
  for (const [field, set] of Object.entries(given)) if (set) violations.add(`${path}.${field}`, `is set, but ${what} doesn't take it; leave it out`);
}

/** @param spec Resolved. */
export function toNetworkPlan({ cell, units, layers, bidirectional, dropout, inputNoise, gradients, memory, forgetBias, start, truncate, layerNormalization }: rnn.RecurrentSpec): NetworkPlan {
  return {
    cell: CELLS[cell] ?? 'gru',
    units,
    layers,
    bidirectional: bidirectional ?? false,
    dropout: dropout ?? 0,
    inputNoise: inputNoise ?? 0,
    ...(memory > 0 && { memory }),
    ...(forgetBias !== undefined && { forgetBias }),
    ...(STARTS[start] && { start: STARTS[start] }),
    ...(truncate > 0 && { truncate }),
    ...(layerNormalization && { layerNormalization }),
    ...(POLICIES[gradients] && { gradients: POLICIES[gradients] }),
  };
}
