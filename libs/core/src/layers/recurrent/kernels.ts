import { tf, type Tensor } from '../../engine';
import { FLOAT, INT32, rawOp, rawOps } from '../../ops/raw';

// Each is one TensorFlow op on matrices; none has a gradient.

export type Activation = 'sigmoid' | 'tanh' | 'relu';

const OPS = { sigmoid: 'Sigmoid', tanh: 'Tanh', relu: 'Relu' } as const;

export const add = (a: Tensor, b: Tensor): Tensor => rawOp('AddV2', [a, b]);
export const subtract = (a: Tensor, b: Tensor): Tensor => rawOp('Sub', [a, b]);
export const multiply = (a: Tensor, b: Tensor): Tensor => rawOp('Mul', [a, b]);
export const negate = (x: Tensor): Tensor => rawOp('Neg', [x]);
export const activate = (x: Tensor, activation: Activation): Tensor => rawOp(OPS[activation], [x]);

/** @param y The activation's output. @param dy Gradient with respect to it. */
export const activationGradient = (y: Tensor, dy: Tensor, activation: Activation): Tensor =>
  activation === 'relu' ? rawOp('ReluGrad', [dy, y]) : rawOp(`${OPS[activation]}Grad`, [y, dy]);

export function sum(tensors: readonly Tensor[]): Tensor {
  return tensors.length === 1 ? (tensors[0] as Tensor) : rawOp('AddN', tensors, { T: FLOAT, N: { int: tensors.length } });
}

export function matMul(a: Tensor, b: Tensor, transpose?: 'a' | 'b'): Tensor {
  return rawOp('MatMul', [a, b], { T: FLOAT, transpose_a: { bool: transpose === 'a' }, transpose_b: { bool: transpose === 'b' } });
}

/** activation(x kernel + bias). In a graph TensorFlow's optimizer makes one oneDNN call of the three. */
export function affine(x: Tensor, kernel: Tensor, bias: Tensor, activation?: Activation): Tensor {
  const linear = rawOp('BiasAdd', [matMul(x, kernel), bias], { T: FLOAT, data_format: { string: 'NHWC' } });
  return activation ? activate(linear, activation) : linear;
}

/** Sum over the rows: [rows, columns] to [columns]. */
export const biasGradient = (dy: Tensor): Tensor => rawOp('BiasAddGrad', [dy], { T: FLOAT, data_format: { string: 'NHWC' } });

/** Row by row: `a` where the mask is true, `b` elsewhere. @param mask [batch], bool. @param a [batch, units]. */
export const selectRows = (mask: Tensor, a: Tensor, b: Tensor): Tensor => rawOp('Select', [mask, a, b]);

/** Joins and parts matrices. One of these serves a whole pass, so that a graph doesn't get a constant for each call. */
export class Blocks {
  private readonly axes = [tf().scalar(0, 'int32'), tf().scalar(1, 'int32')] as const;

  /** One below the other; vectors one after the other. */
  rows(tensors: readonly Tensor[]): Tensor {
    return this.concat(tensors, 0);
  }

  /** Side by side. */
  columns(tensors: readonly Tensor[]): Tensor {
    return this.concat(tensors, 1);
  }

  splitRows(tensor: Tensor, parts: number): Tensor[] {
    return this.split(tensor, parts, 0);
  }

  splitColumns(tensor: Tensor, parts: number): Tensor[] {
    return this.split(tensor, parts, 1);
  }

  private concat(tensors: readonly Tensor[], axis: 0 | 1): Tensor {
    if (tensors.length === 1) return tensors[0] as Tensor;
    return rawOp('ConcatV2', [...tensors, this.axes[axis]], { T: FLOAT, Tidx: INT32, N: { int: tensors.length } });
  }

  private split(tensor: Tensor, parts: number, axis: 0 | 1): Tensor[] {
    return parts === 1 ? [tensor] : rawOps('Split', [this.axes[axis], tensor], { T: FLOAT, num_split: { int: parts } }, parts);
  }
}
