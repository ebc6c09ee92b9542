import { tf, type Tensor } from '../../engine';
import { CoreError } from '../../errors';

/** Keeps tensors of the forward pass alive until the backward pass has run. */
export interface Saver {
  /** @returns Where they are, for `read`. */
  keep(tensors: readonly Tensor[]): number[];
}

/** Finds again what was kept. */
export type Reader = (places: readonly number[]) => Tensor[];

type Gradients = Record<string, () => Tensor>;

interface Engine {
  runKernelFunc(kernel: {
    forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    backwardsFunc: (gradients: Tensor | Tensor[], saved: Tensor[]) => Gradients;
    inputs: Record<string, Tensor>;
  }): Tensor[];
}

/**
 * As `tf.customGrad`, for a function with several results; that takes one only. Calls what customGrad itself calls, which tfjs keeps
 * private.
 *
 * @param backward Takes the results' gradients, and gives the inputs', new tensors all; undefined for an input that needs none.
 */
export function differentiable<S>(
  inputs: readonly Tensor[],
  forward: (saver: Saver) => { results: Tensor[]; saved: S },
  backward: (gradients: readonly Tensor[], saved: S, read: Reader) => (Tensor | undefined)[],
): Tensor[] {
  const engine = tf().engine() as unknown as Engine;
  let places: S;
  return engine.runKernelFunc({
    inputs: Object.fromEntries(inputs.map((tensor, index) => [index, tensor])),
    forwardFunc: (_, save) => {
      const kept: Tensor[] = [];
      const { results, saved } = forward({
        keep: (tensors) => tensors.map((tensor) => kept.push(tensor) - 1),
      });
      save(kept);
      places = saved;
      return results;
    },
    backwardsFunc: (given, saved) => {
      const gradients = backward(Array.isArray(given) ? given : [given], places, (wanted) => wanted.map((place) => saved[place] as Tensor));
      return Object.fromEntries(gradients.map((gradient, index) => [index, () => gradient ?? unexpected(index)]));
    },
  });
}

function unexpected(index: number): never {
  throw new CoreError('INTERNAL', `input ${index} needs a gradient, and the call said that it doesn't`);
}
