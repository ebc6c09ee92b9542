import { tf, type Tensor } from '../engine';
import { differentiable } from './gradient';

/** log(sum(exp(x))) over the last axis, kept with a size of 1, stable for x of any size. Can be differentiated twice. */
export function logSumExp(x: Tensor): Tensor {
  return differentiable(
    [x],
    (save) => {
      save(x);
      return tf().logSumExp(x, -1, true);
    },
    (dy, [input]) => [tf().softmax(input as Tensor).mul(dy)],
  );
}
