import { tf, type Tensor } from '../engine';
import { CoreError } from '../errors';

/** Keeps tensors for the backward pass, which gets them in this order. */
export type Save = (...tensors: Tensor[]) => void;

/**
 * A function with a gradient of its own. It can be differentiated as often as `backward` is made of differentiable functions
 * of dy and what was saved; the raw ops aren't, so `backward` wraps those in `differentiable` again, or calls
 * `firstOrderOnly`. Where a saved *output* matters to a second derivative, see `isTaped`.
 *
 * @param backward From the gradient of the output to those of the inputs, in their order, as new tensors: tfjs disposes of them. It may
 *   use no tensor from around it but those saved: the others can be gone by then.
 */
export function differentiable(
  inputs: readonly Tensor[],
  forward: (save: Save) => Tensor,
  backward: (dy: Tensor, saved: Tensor[]) => Tensor[],
): Tensor {
  const compute = tf().customGrad((...given) => {
    const save = given.at(-1) as unknown as (tensors: Tensor[]) => void;
    return { value: forward((...tensors) => save(tensors)), gradFunc: backward };
  });
  return compute(...inputs);
}

/**
 * Whether what runs now will itself be differentiated: in a backward pass, that of a second derivative. tfjs doesn't connect a
 * saved output to the inputs it came from, so a backward pass that depends on the output computes it anew in this case.
 */
export function isTaped(): boolean {
  return (tf().engine() as unknown as { isTapeOn(): boolean }).isTapeOn();
}

/** To be called in a backward pass of raw ops. @throws CoreError UNIMPLEMENTED when it is to be differentiated itself. */
export function firstOrderOnly(name: string): void {
  if (isTaped()) throw new CoreError('UNIMPLEMENTED', `${name} has no second derivative; leave it out of a network whose gradient enters the loss`);
}
