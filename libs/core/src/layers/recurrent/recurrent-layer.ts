import { tf, type Tensor, type Variable } from '../../engine';
import { CoreError } from '../../errors';
import { formatShape } from '../../tensor/host-tensor';
import type { Cell } from './cell';
import { unroll } from './unroll';

/** [batch, time, features], or its time steps, each [batch, features]: recurrent layers hand each other steps, which spares copies. */
export type Sequence = Tensor | readonly Tensor[];

export interface RecurrentCall {
  /** [batch], int32: how many steps of each example count, at least 1. Those after them carry the state through. Default: all. */
  lengths?: Tensor;
  /** [batch, units] for each state. Default: zeros. */
  initial?: readonly Tensor[];
  /** Whether the outputs of all steps are wanted, not only the last state. */
  sequences?: boolean;
  /** From the last step to the first; with lengths, from each example's own last. */
  reverse?: boolean;
  /** Outputs after an example's end are 0, not the state that is carried through (Keras' zero_output_for_mask). */
  zeroMasked?: boolean;
  /** False in the first layer, whose inputs need no gradient. Spares time when run eagerly; a captured step drops it by itself. */
  inputGradient?: boolean;
  /**
   * Asks for |dL/dh_t| of the whole batch at each time step, [time], in the order of time: called in the backward pass, once for each cell.
   * The tensor is the receiver's to dispose of. `path` tells the cells of a compound apart: `0.forward`.
   */
  onTimeGradients?: (norms: Tensor, path: string) => void;
}

export interface RecurrentResult {
  /** [batch, units] for each step, in the order of time; none unless `sequences` were asked for. `joinSteps` makes one tensor of them. */
  steps: readonly Tensor[];
  /** [batch, units]: the hidden state after each example's last step (its first, in reverse). */
  last: Tensor;
  /** All states after the last step, to go on from by `initial`. */
  states: readonly Tensor[];
}

/** A recurrent layer or a compound of such. */
export interface RecurrentLayer {
  /** Width of the output. */
  readonly units: number;
  /** How many tensors its state has, each [batch, its own units]: h, or for an LSTM h and c. */
  readonly stateUnits: readonly number[];
  apply(x: Sequence, call?: RecurrentCall): RecurrentResult;
}

/** [batch, time, units] of the outputs of all steps. */
export const joinSteps = (steps: readonly Tensor[]): Tensor => tf().stack([...steps], 1);

/** The layer of one cell. @param weights As the cell wants them. */
export function recurrentLayer(cell: Cell, inputSize: number, units: number, weights: readonly Variable[]): RecurrentLayer {
  const stateUnits = new Array<number>(cell.states).fill(units);
  return {
    units,
    stateUnits,
    apply(x, call = {}) {
      const steps = stepsOf(x, inputSize);
      const batch = (steps[0] as Tensor).shape[0];
      const initial = call.initial ?? stateUnits.map((width) => tf().zeros([batch, width]));
      checkStates(initial, stateUnits, batch);
      const { onTimeGradients } = call;
      const unrolled = unroll(cell, steps, initial, weights, {
        reverse: call.reverse ?? false,
        sequences: call.sequences ?? false,
        zeroMasked: call.zeroMasked ?? false,
        inputGradient: call.inputGradient ?? true,
        ...(call.lengths && { mask: masks(call.lengths, batch, steps.length) }),
        ...(onTimeGradients && { onTimeGradients: (norms: Tensor) => onTimeGradients(norms, '') }),
      });
      return { ...unrolled, last: unrolled.states[0] as Tensor };
    },
  };
}

function stepsOf(x: Sequence, inputSize: number): readonly Tensor[] {
  const shape = Array.isArray(x) ? (x as Tensor[])[0]?.shape : (x as Tensor).shape;
  const rank = Array.isArray(x) ? 2 : 3;
  if (!shape || shape.length !== rank || shape.at(-1) !== inputSize || shape[1] === 0) {
    const expected = rank === 3 ? `[batch, time, ${inputSize}] with one step or more` : `one or more of [batch, ${inputSize}]`;
    throw new CoreError('SHAPE_MISMATCH', `received a sequence of ${shape ? formatShape(shape) : 'no steps'}, expected ${expected}`);
  }
  return Array.isArray(x) ? (x as Tensor[]) : tf().unstack(x as Tensor, 1);
}

function checkStates(initial: readonly Tensor[], stateUnits: readonly number[], batch: number): void {
  const received = initial.map(({ shape }) => formatShape(shape)).join(', ');
  const expected = stateUnits.map((units) => formatShape([batch, units])).join(', ');
  if (received !== expected) throw new CoreError('SHAPE_MISMATCH', `initial: received ${received || 'no states'}, expected ${expected}`);
}

/** For each step whether it counts, [batch], bool. */
function masks(lengths: Tensor, batch: number, time: number): Tensor[] {
  if (lengths.shape.length !== 1 || lengths.shape[0] !== batch || lengths.dtype !== 'int32') {
    throw new CoreError('SHAPE_MISMATCH', `lengths: received ${lengths.dtype} ${formatShape(lengths.shape)}, expected int32 [${batch}], one for each example`);
  }
  const steps = tf().range(0, time, 1, 'int32').expandDims(1);
  return tf().unstack(steps.less(lengths.expandDims(0)));
}
