import type { HostTensor } from '../tensor/host-tensor';
import type { EpochRecord, Metrics } from './events';
import { afterEpoch } from './plateau';
import type { ResolvedSettings } from './settings';
import { emptySums, type TrainingState } from './state';

/** Enters an epoch that has ended into the state. @param bestWeights Made if the epoch's are to be kept as the best. */
export function recordEpoch(
  state: TrainingState,
  { earlyStopping, plateau }: ResolvedSettings,
  metrics: Metrics,
  bestWeights: () => Map<string, HostTensor>,
): EpochRecord {
  const epoch = state.history.length + 1;
  const loss = metrics['validation/loss'] ?? metrics.loss ?? Infinity;
  const best = state.best === undefined || loss < state.best.loss - (earlyStopping?.minDelta ?? 0);
  const record: EpochRecord = { epoch, metrics, best };
  state.history.push(record);
  state.epochsWithoutBetter = best ? 0 : state.epochsWithoutBetter + 1;
  if (best) {
    state.best = { epoch, loss };
    if (earlyStopping && metrics['validation/loss'] !== undefined) state.bestWeights = bestWeights();
  }
  if (plateau) state.plateau = afterEpoch(state.plateau, loss, plateau);
  state.sums = emptySums();
  return record;
}

/** Whether the validation loss has not been better for as long as early stopping waits. */
export function stopsEarly({ epochsWithoutBetter, bestWeights }: TrainingState, { earlyStopping }: ResolvedSettings): boolean {
  return earlyStopping !== null && bestWeights !== undefined && epochsWithoutBetter >= earlyStopping.patience;
}
