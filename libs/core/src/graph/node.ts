import type { OpAttribute, TFJSBinding } from '../engine';
import { CoreError } from '../errors';
import type { AttrValue } from '../generated/tensorflow/core/framework/attr_value';
import { NodeDef } from '../generated/tensorflow/core/framework/node_def';
import { TensorProto } from '../generated/tensorflow/core/framework/tensor';
import { TensorShapeProto } from '../generated/tensorflow/core/framework/tensor_shape';
import type { DataType } from '../generated/tensorflow/core/framework/types';

/** An output of a node: `Conv2D_3:0`. */
export type Endpoint = string;

/** Where a state variable's value at the start of a step is read, and the variable itself. */
export const stateEndpoint = (name: string): Endpoint => `read/${name}:0`;
export const handleOf = (state: Endpoint): Endpoint => state.replace(/^read\//, 'variable/');

/** Name of the node that an endpoint, or a control dependency on it, belongs to. */
export const nodeOf = (endpoint: Endpoint): string => endpoint.replace(/^\^/, '').replace(/:\d+$/, '');

export interface Constant {
  dtype: DataType;
  shape: number[];
  bytes: Uint8Array;
}

/** A node as recorded; constants are kept apart from the attributes, to be compared and changed. */
export interface GraphNode {
  name: string;
  op: string;
  inputs: Endpoint[];
  attributes: Record<string, AttrValue>;
  constant?: Constant;
}

export const typeAttribute = (value: DataType): AttrValue => ({ value: { $case: 'type', value } });

/** -1: any size. */
export const shapeProto = (shape: readonly number[]): TensorShapeProto =>
  TensorShapeProto.fromPartial({ dim: shape.map((size) => ({ size: BigInt(size) })) });

export const shapeAttribute = (shape: readonly number[]): AttrValue => ({ value: { $case: 'shape', value: shapeProto(shape) } });

export const constantNode = (name: string, constant: Constant): GraphNode => ({
  name,
  op: 'Const',
  inputs: [],
  attributes: { dtype: typeAttribute(constant.dtype) },
  constant,
});

export const placeholderNode = (name: string, dtype: DataType, shape: readonly number[]): GraphNode => ({
  name,
  op: 'Placeholder',
  inputs: [],
  attributes: { dtype: typeAttribute(dtype), shape: shapeAttribute(shape) },
});

export const identityNode = (name: string, input: Endpoint, dtype: DataType): GraphNode => ({
  name,
  op: 'Identity',
  inputs: [input],
  attributes: { T: typeAttribute(dtype) },
});

export function nodeDef({ name, op, inputs, attributes, constant }: GraphNode): NodeDef {
  const attr = constant ? { ...attributes, value: tensorAttribute(constant) } : attributes;
  return { ...NodeDef.create(), name, op, input: inputs, attr };
}

function tensorAttribute({ dtype, shape, bytes }: Constant): AttrValue {
  const tensorContent = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = { ...TensorProto.create(), dtype, tensorShape: shapeProto(shape), tensorContent };
  return { value: { $case: 'tensor', value } };
}

/** An attribute as the eager binding takes it, in the form that a graph has. */
export function attributeFrom(attribute: OpAttribute, types: TFJSBinding): AttrValue {
  const { name, type, value } = attribute;
  switch (type) {
    case types.TF_ATTR_STRING:
      return { value: { $case: 's', value: Buffer.from(value as string) } };
    case types.TF_ATTR_TYPE:
      return { value: { $case: 'type', value: value as DataType } };
    case types.TF_ATTR_SHAPE:
      return shapeAttribute(value as number[]);
    case types.TF_ATTR_INT:
      return Array.isArray(value) ? list({ i: value.map(BigInt) }) : { value: { $case: 'i', value: BigInt(value as number) } };
    case types.TF_ATTR_FLOAT:
      return Array.isArray(value) ? list({ f: value }) : { value: { $case: 'f', value: value as number } };
    case types.TF_ATTR_BOOL:
      return Array.isArray(value) ? list({ b: value.map(Boolean) }) : { value: { $case: 'b', value: Boolean(value) } };
    default:
      throw new CoreError('INTERNAL', `attribute ${name} has type ${type}, which no graph takes`);
  }
}

function list(values: { i?: bigint[]; f?: number[]; b?: boolean[] }): AttrValue {
  const empty = { s: [], i: [], f: [], b: [], type: [], shape: [], tensor: [], func: [] };
  return { value: { $case: 'list', value: { ...empty, ...values } } };
}
