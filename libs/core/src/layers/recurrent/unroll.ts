import { tf, type Tensor } from '../../engine';
import { rawOp } from '../../ops/raw';
import type { Cell, StepTrace } from './cell';
import { add, Blocks, selectRows, sum } from './kernels';
import { differentiable, type Reader, type Saver } from './differentiable';

export interface UnrollOptions {
  /** From the last step to the first. */
  reverse: boolean;
  /** Whether the outputs of all steps are wanted, not only the last state. */
  sequences: boolean;
  /** A step's rows where it is false carry their states through. One [batch] of bool a step. */
  mask?: readonly Tensor[];
  /** Masked outputs: 0, or else the state that is carried through. */
  zeroMasked: boolean;
  /** Whether x needs a gradient. */
  inputGradient: boolean;
  /** Receives |dL/dh_t| of the whole batch at each step, [time], in the backward pass. */
  onTimeGradients?: (norms: Tensor) => void;
}

export interface Unrolled {
  /** [batch, units] for each step in the order of time, whatever the direction; none unless asked for. */
  steps: Tensor[];
  /** After the last step of the direction, each [batch, units]. */
  states: Tensor[];
}

/** Weight gradients are taken in about so many blocks: fewer overlap too little with the chain of steps, more are small products. */
const BLOCKS = 10;

/**
 * Runs a cell over time as one operation with a gradient of its own: for the inputs, the initial states and the weights. The loop is
 * laid out in full, as long as the sequence.
 *
 * @param x [batch, features] for each step. @param initial [batch, units] for each state.
 */
export function unroll(cell: Cell, x: readonly Tensor[], initial: readonly Tensor[], weights: readonly Tensor[], options: UnrollOptions): Unrolled {
  const { reverse, sequences, mask, zeroMasked, inputGradient } = options;
  const order = x.map((_, index) => (reverse ? x.length - 1 - index : index));
  const blocks = chunks(order, Math.ceil(x.length / BLOCKS));

  const forward = (saver: Saver) => {
    const layout = new Blocks();
    const pass = cell.forward(weights, layout);
    const masks = mask && saver.keep(mask);
    const kept = saver.keep(weights);
    const outputs: Tensor[] = [];
    let states = [...initial];
    const zeros = mask && zeroMasked ? zerosLike(initial[0] as Tensor) : undefined;
    const traces = blocks.map((steps) => {
      const joined = pass.project && layout.rows(steps.map((t) => x[t] as Tensor));
      const projected = joined && pass.project?.(joined, steps.length);
      const saved = steps.map((t, index) => {
        // What a step doesn't hand on is freed at once: a recording runs the whole loop eagerly.
        const next = tf().tidy(() => pass.step(x[t] as Tensor, states, projected?.[index]));
        const row = mask?.[t];
        states = row ? next.states.map((state, which) => selectRows(row, state, states[which] as Tensor)) : next.states;
        const h = states[0] as Tensor;
        outputs[t] = row && zeros ? selectRows(row, h, zeros) : h;
        return saver.keep(next.saved);
      });
      return { steps, saved, joined: joined && saver.keep([joined]) };
    });
    // Clones: an output may occur only once, or its gradient would count twice.
    const results = [...(sequences ? outputs : []), ...states].map((tensor) => tensor.clone());
    return { results, saved: { masks, kept, traces } };
  };

  const backward = (gradients: readonly Tensor[], { masks, kept, traces }: ReturnType<typeof forward>['saved'], read: Reader): (Tensor | undefined)[] => {
    const layout = new Blocks();
    const pass = cell.backward(read(kept), layout);
    const mask = masks && read(masks);
    let states = gradients.slice(-cell.states);
    const zeros = mask && zerosLike(states[0] as Tensor);
    const norms: Tensor[] = [];
    /** One step back, to the gradients of the states before it. */
    const step = (t: number, saved: Tensor[]): Tensor[] => {
      const row = mask?.[t];
      if (sequences) {
        const dy = gradients[t] as Tensor;
        states = [add(states[0] as Tensor, row && zeros && zeroMasked ? selectRows(row, dy, zeros) : dy), ...states.slice(1)];
      }
      if (options.onTimeGradients) norms[t] = rawOp('L2Loss', [states[0] as Tensor]);
      const into = row && zeros ? states.map((state) => selectRows(row, state, zeros)) : states;
      const { previous, gates } = pass.step(saved, into);
      states = row ? previous.map((gradient, which) => selectRows(row, gradient, states[which] as Tensor)) : previous;
      return gates;
    };
    const dx: Tensor[] = [];
    const shares = [...traces].reverse().map(({ steps, saved, joined }) => {
      const done = tf().tidy(() => {
        const trace: StepTrace[] = [];
        for (let index = steps.length - 1; index >= 0; index -= 1) {
          const before = read(saved[index] as number[]);
          trace[index] = { saved: before, gates: step(steps[index] as number, before) };
        }
        const { weights: share, input } = pass.block(trace, joined && read(joined)[0]);
        return { share, input: inputGradient ? layout.splitRows(input(), steps.length) : [], states, norms };
      });
      done.input.forEach((gradient, index) => (dx[steps[index] as number] = gradient));
      return done.share;
    });
    // L2Loss is half the sum of squares.
    if (options.onTimeGradients) options.onTimeGradients(tf().keep(tf().stack(norms).mul(2).sqrt()));
    const sums = (shares[0] as Tensor[]).map((_, which) => sum(shares.map((share) => share[which] as Tensor)));
    return [...(inputGradient ? dx : x.map(() => undefined)), ...states, ...pass.finish(sums)];
  };

  const results = differentiable([...x, ...initial, ...weights], forward, backward);
  return { steps: sequences ? results.slice(0, x.length) : [], states: results.slice(-cell.states) };
}

const zerosLike = (tensor: Tensor): Tensor => rawOp('ZerosLike', [tensor]);

function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let start = 0; start < items.length; start += size) result.push(items.slice(start, start + size));
  return result;
}
