import type { Tensor } from '../../engine';
import type { Blocks } from './kernels';

/** What one time step leaves behind for the backward pass. */
export interface StepTrace {
  /** As the cell's forward step kept them. */
  saved: Tensor[];
  /** dL/d(what goes into the activations), as the cell's backward step made them. */
  gates: Tensor[];
}

export interface ForwardPass {
  /**
   * For a cell that takes a product of its inputs for a block of steps at once, where one larger product is faster.
   *
   * @param x [steps * batch, features], the steps of a block one below the other. @returns One tensor a step.
   */
  project?(x: Tensor, steps: number): Tensor[];
  /** @param x [batch, features]. @param states Each [batch, units]. */
  step(x: Tensor, states: readonly Tensor[], projected?: Tensor): { states: Tensor[]; saved: Tensor[] };
}

export interface BackwardPass {
  /** @param gradients dL/d(states after the step). */
  step(saved: readonly Tensor[], gradients: readonly Tensor[]): { previous: Tensor[]; gates: Tensor[] };
  /**
   * A block's share of the weights' gradients, and the gradient of its inputs, [steps * batch, features]. Nothing in the chain of
   * steps waits for it, so it runs beside the chain on another core.
   *
   * @param x What `project` was given.
   */
  block(trace: readonly StepTrace[], x: Tensor | undefined): { weights: Tensor[]; input: () => Tensor };
  /** Sums over all blocks to gradients in the order and layout of the weights. */
  finish(sums: readonly Tensor[]): Tensor[];
}

/**
 * One step of a recurrent net, with a backward pass written by hand. Knows nothing of time, masks and directions: `unroll` does those.
 * Its weights are in Keras' layout; a pass puts them first in the order that its kernels want, which costs little once a run.
 */
export interface Cell {
  /** How many states go from step to step. The first is the hidden state h, which is also the output. */
  readonly states: number;
  forward(weights: readonly Tensor[], blocks: Blocks): ForwardPass;
  backward(weights: readonly Tensor[], blocks: Blocks): BackwardPass;
}
