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

function sumOverAllButLast(dy: Tensor): Tensor {
  return differentiable(
    [dy],
    () => rawOp('BiasAddGrad', [dy]),
    (ddb) => [tf().broadcastTo(ddb, dy.shape)],
  );
}
