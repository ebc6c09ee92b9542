import type { Tensor } from '../engine';
import { differentiable } from './gradient';
import { rawOp } from './raw';
import { sizes } from './shape';

/** Each pixel of [batch, height, width, channels] becomes factor x factor equal ones. Can be differentiated as often as one likes. */
export function upsample2d(x: Tensor, factor: number): Tensor {
  const [height, width] = x.shape.slice(1, 3) as [number, number];
  return differentiable(
    [x],
    () => rawOp('ResizeNearestNeighbor', [x, sizes([height * factor, width * factor])]),
    (dy) => [sumBlocks(dy, factor)],
  );
}

function sumBlocks(dy: Tensor, factor: number): Tensor {
  const [height, width] = dy.shape.slice(1, 3) as [number, number];
  return differentiable(
    [dy],
    () => rawOp('ResizeNearestNeighborGrad', [dy, sizes([height / factor, width / factor])]),
    (ddx) => [upsample2d(ddx, factor)],
  );
}
