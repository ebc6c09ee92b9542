import { tf, type Tensor } from '../../engine';
import { FLOAT, rawOp, rawOps } from '../../ops/raw';
import type { Initializer } from '../parameters';

export const zeros: Initializer = (shape) => tf().zeros(shape);
export const glorotUniform: Initializer = (shape, seed) => {
  const limit = Math.sqrt(6 / ((shape[0] as number) + (shape[1] as number)));
  return tf().randomUniform(shape, -limit, limit, 'float32', seed);
};
export const orthogonal = (): Initializer => (shape, seed) =>
  tf().tidy(() => {
    const [rows, columns] = shape as [number, number];
    const random = tf().randomNormal([Math.max(rows, columns), Math.min(rows, columns)], 0, 1, 'float32', seed);
    const [q, r] = rawOps('Qr', [random], { T: FLOAT, full_matrices: { bool: false } }, 2) as [Tensor, Tensor];
    const unique = q.mul(rawOp('MatrixDiagPart', [r]).sign());
    return rows < columns ? unique.transpose() : unique;
  });
