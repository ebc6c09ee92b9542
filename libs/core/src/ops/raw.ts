import { nodeBackend, type OpAttribute, type Tensor } from '../engine';

/**
 * An attribute of a TensorFlow op: numbers in JavaScript are ints or floats alike, so each kind is named. `type` takes TensorFlow's
 * DataType number.
 */
export type RawAttribute =
  | { int: number | number[] }
  | { float: number | number[] }
  | { bool: boolean | boolean[] }
  | { string: string | string[] }
  | { shape: number[] }
  | { type: number };

export const FLOAT: RawAttribute = { type: 1 };
export const INT32: RawAttribute = { type: 3 };
export const UINT8: RawAttribute = { type: 4 };
export const BOOL: RawAttribute = { type: 10 };

/**
 * Runs a TensorFlow op by its name, for what tfjs has no function: https://www.tensorflow.org/api_docs/python/tf/raw_ops.
 * Recorded like any other. It has no gradient: wrap it with `tf().customGrad`.
 */
export function rawOp(op: string, inputs: readonly Tensor[], attributes: Record<string, RawAttribute> = { T: FLOAT }): Tensor {
  return nodeBackend().executeSingleOutput(op, attributesOf(attributes), [...inputs]);
}

/** As rawOp, for an op with several outputs. */
export function rawOps(op: string, inputs: readonly Tensor[], attributes: Record<string, RawAttribute>, outputs: number): Tensor[] {
  return nodeBackend().executeMultipleOutputs(op, attributesOf(attributes), [...inputs], outputs);
}

function attributesOf(attributes: Record<string, RawAttribute>): OpAttribute[] {
  const { TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_STRING, TF_ATTR_SHAPE, TF_ATTR_TYPE } = nodeBackend().binding;
  const types = { int: TF_ATTR_INT, float: TF_ATTR_FLOAT, bool: TF_ATTR_BOOL, string: TF_ATTR_STRING, shape: TF_ATTR_SHAPE, type: TF_ATTR_TYPE };
  return Object.entries(attributes).map(([name, attribute]) => {
    const [kind, value] = Object.entries(attribute)[0] as [keyof typeof types, OpAttribute['value']];
    return { name, type: types[kind], value };
  });
}
