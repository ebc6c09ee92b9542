import { tf, type Tensor } from '../engine';
import { differentiable } from './gradient';
import { rawOp } from './raw';

/**
 * x + bias over the last axis, by TensorFlow's BiasAdd and BiasAddGrad: a broadcast sum and its gradient cost more.
 *
 * @param x [..., channels], two dimensions or more. @param bias [channels].
 */
export function biasAdd(x: Tensor, bias: Tensor): Tensor {
  return differentiable(
    [x, bias],
    () => rawOp('BiasAdd', [x, bias]),
    (dy) => [dy.clone(), sumOverAllButLast(dy)],
  );
}

/**
 * As a matrix, so that TensorFlow doesn't merge the sum into oneDNN's kernel gradient of a convolution, which sums on its own very
 * slowly: a quarter of the step of a small CNN.
 */
function sumOverAllButLast(dy: Tensor): Tensor {
  const channels = dy.shape.at(-1) as number;
  return differentiable(
    [dy],
    () => rawOp('BiasAddGrad', [dy.reshape([dy.size / channels, channels])]),
    (ddb) => [tf().broadcastTo(ddb, dy.shape)],
  );
}
