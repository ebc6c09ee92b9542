import type { Plateau } from './options';

/** Where the schedule `plateau` stands. Plain JSON. */
export interface PlateauState {
  /** On the base learning rate. */
  factor: number;
  /** The loss that the next one must be below. */
  best: number | undefined;
  /** Epochs since it was better. */
  wait: number;
}

export const initialPlateau = (): PlateauState => ({ factor: 1, best: undefined, wait: 0 });

/** After an epoch; as Keras' ReduceLROnPlateau without a cool-down. Pure. */
export function afterEpoch(state: PlateauState, loss: number, { factor, patience, minDelta, minFactor }: Required<Plateau>): PlateauState {
  if (state.best === undefined || loss < state.best - minDelta) return { ...state, best: loss, wait: 0 };
  const wait = state.wait + 1;
  if (wait < patience) return { ...state, wait };
  return { ...state, factor: Math.max(state.factor * factor, minFactor), wait: 0 };
}
