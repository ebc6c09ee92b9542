import { rnn } from '@quartet/contracts';
import type { Violations } from '@quartet/service-kit';
import type { NetworkPlan } from './recurrent';

const CELLS: Partial<Record<rnn.Cell, NetworkPlan['cell']>> = {
  [rnn.Cell.CELL_GRU]: 'gru',
  [rnn.Cell.CELL_LSTM]: 'lstm',
  [rnn.Cell.CELL_SIMPLE]: 'simple',
};

export type NetworkDefaults = Pick<NetworkPlan, 'units' | 'bidirectional' | 'dropout' | 'inputNoise'>;

/** Fills the defaults in and checks the ranges that rnn.proto states. @param path In the request. */
export function resolveNetwork(given: rnn.RecurrentSpec | undefined, violations: Violations, path: string, defaults: NetworkDefaults): rnn.RecurrentSpec {
  const spec = {
    cell: given?.cell || rnn.Cell.CELL_GRU,
    units: given?.units || defaults.units,
    layers: given?.layers || 1,
    bidirectional: given?.bidirectional ?? defaults.bidirectional,
    dropout: given?.dropout ?? defaults.dropout,
    inputNoise: given?.inputNoise ?? defaults.inputNoise,
  };
  if (!CELLS[spec.cell]) violations.add(`${path}.cell`, `received ${spec.cell}, expected CELL_GRU, CELL_LSTM or CELL_SIMPLE`);
  violations.integer(`${path}.units`, spec.units, 1, 1024);
  violations.integer(`${path}.layers`, spec.layers, 1, 8);
  violations.number(`${path}.dropout`, spec.dropout, 0, 0.95);
  violations.number(`${path}.input_noise`, spec.inputNoise, 0, 10);
  return spec;
}

/** @param spec Resolved. */
export function toNetworkPlan({ cell, units, layers, bidirectional, dropout, inputNoise }: rnn.RecurrentSpec): NetworkPlan {
  return { cell: CELLS[cell] ?? 'gru', units, layers, bidirectional: bidirectional ?? false, dropout: dropout ?? 0, inputNoise: inputNoise ?? 0 };
}
