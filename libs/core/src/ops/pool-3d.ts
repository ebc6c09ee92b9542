import type { Tensor } from '../engine';
import { differentiable } from './gradient';
import { FLOAT, rawOp, type RawAttribute } from './raw';

/** A window, which is also its stride: so many frames, and so many pixels along height and width. Pools without padding. */
export interface Pool3dOptions {
  time: number;
  space: number;
}

/**
 * The largest of each window of [batch, time, height, width, channels]. Can be differentiated as often as one likes. Where several of a
 * window are the largest, one kernel of TensorFlow's gives the gradient to the first and another to each.
 */
export function maxPool3d(x: Tensor, options: Pool3dOptions): Tensor {
  return differentiable(
    [x],
    (save) => {
      const y = rawOp('MaxPool3D', [x], attributes(options));
      save(x, y);
      return y;
    },
    (dy, saved) => [scatter(dy, saved as [Tensor, Tensor], options)],
  );
}

/** dy put where each window's largest element is; linear in dy. */
function scatter(dy: Tensor, pooled: [x: Tensor, y: Tensor], options: Pool3dOptions): Tensor {
  return differentiable(
    [dy],
    (save) => {
      save(...pooled);
      return rawOp('MaxPool3DGrad', [...pooled, dy], { ...attributes(options), TInput: FLOAT });
    },
    (ddx, saved) => [gather(ddx, saved as [Tensor, Tensor], options)],
  );
}

/** The elements of dx that stand where each window's largest element is. */
function gather(dx: Tensor, pooled: [x: Tensor, y: Tensor], options: Pool3dOptions): Tensor {
  return differentiable(
    [dx],
    (save) => {
      save(...pooled);
      return rawOp('MaxPool3DGradGrad', [...pooled, dx], attributes(options));
    },
    (dy, saved) => [scatter(dy, saved as [Tensor, Tensor], options)],
  );
}

function attributes({ time, space }: Pool3dOptions): Record<string, RawAttribute> {
  const window = [1, time, space, space, 1];
  return { T: FLOAT, ksize: { int: window }, strides: { int: window }, padding: { string: 'VALID' }, data_format: { string: 'NDHWC' } };
}
