import { isDeepStrictEqual } from 'node:util';
import { CoreError } from '../errors';
import type { AttrValue } from '../generated/tensorflow/core/framework/attr_value';
import { DataType } from '../generated/tensorflow/core/framework/types';
import { constantNode, typeAttribute, type Constant, type Endpoint, type GraphNode } from './node';

/**
 * Makes one graph for any batch size from the same work recorded at two: they must agree in all but the constants that follow the
 * batch size. The one dimension that does so becomes -1 in a Reshape's shape, and is computed from the input's shape elsewhere (a
 * slice's size, the zeros that a recurrent layer starts from).
 *
 * @param batched An endpoint whose first dimension is the batch: the input.
 * @throws CoreError UNIMPLEMENTED naming the operation whose graph depends on the batch size otherwise.
 */
export function unifyBatch(first: readonly GraphNode[], second: readonly GraphNode[], batches: [number, number], batched: { endpoint: Endpoint; dtype: DataType }): GraphNode[] {
  if (first.length !== second.length) {
    throw new CoreError('UNIMPLEMENTED', `recorded ${first.length} operations at one batch size, ${second.length} at another`);
  }
  const users = usersOf(first);
  const size = new BatchSize(batched, first[0]?.name.split('/')[0] ?? 'graph');
  const unified = first.flatMap((node, index): GraphNode[] => {
    const other = second[index] as GraphNode;
    const { constant, ...rest } = node;
    const { constant: otherConstant, ...otherRest } = other;
    if (!isDeepStrictEqual(rest, otherRest)) throw dependsOnBatch(node);
    if (!constant || !otherConstant || isDeepStrictEqual(constant, otherConstant)) return [node];
    const shapesOnly = users.get(`${node.name}:0`)?.every(({ op, position }) => op === 'Reshape' && position === 1) ?? false;
    if (constant.dtype === DataType.DT_INT32 && isDeepStrictEqual(constant.shape, otherConstant.shape) && constant.shape.length === 1) {
      const sizes = asInt32(constant);
      const axis = varyingAxis(sizes, asInt32(otherConstant), batches, node);
      if (shapesOnly && !sizes.includes(-1)) return [{ ...node, constant: { ...constant, bytes: bytesOf(sizes.with(axis, -1)) } }];
      return size.vector(node.name, sizes, axis, batches[0]);
    }
    return size.filled(node, constant, otherConstant, batches);
  });
  return [...size.nodes, ...unified];
}

/** The axis at which two shapes differ, if it's one and proportional to the batch. */
function varyingAxis(sizes: Int32Array, others: Int32Array, [a, b]: [number, number], node: GraphNode): number {
  const varying = [...sizes.keys()].filter((axis) => sizes[axis] !== others[axis]);
  const axis = varying[0];
  if (sizes.length !== others.length || axis === undefined || varying.length > 1) throw dependsOnBatch(node);
  if ((sizes[axis] ?? 0) % a !== 0 || (sizes[axis] ?? 0) * b !== (others[axis] ?? 0) * a) throw dependsOnBatch(node);
  return axis;
}

/** Makes the nodes that compute from the batch size what was constant at one. */
class BatchSize {
  readonly nodes: GraphNode[] = [];

  constructor(
    private readonly batched: { endpoint: Endpoint; dtype: DataType },
    private readonly prefix: string,
  ) {}

  /** An int32 vector under the constant's own name. */
  vector(name: string, sizes: Int32Array, axis: number, batch: number): GraphNode[] {
    const scalars = [...sizes.keys()].map((index) => (index === axis ? this.multiple((sizes[axis] as number) / batch) : this.scalar(sizes[index] as number)));
    const attributes = { N: int(sizes.length), T: typeAttribute(DataType.DT_INT32), axis: int(0) };
    return [{ name, op: 'Pack', inputs: scalars, attributes }];
  }

  /** A tensor of one value throughout, whose shape follows the batch. */
  filled(node: GraphNode, first: Constant, second: Constant, batches: [number, number]): GraphNode[] {
    const axis = varyingAxis(Int32Array.from(first.shape), Int32Array.from(second.shape), batches, node);
    const width = 4;
    const value = first.bytes.slice(0, width);
    const uniform = [first, second].every(({ bytes }) => bytes.every((byte, index) => byte === value[index % width]));
    if (!uniform || first.dtype !== second.dtype || ![DataType.DT_FLOAT, DataType.DT_INT32].includes(first.dtype)) throw dependsOnBatch(node);
    const fill = constantNode(`${node.name}/value`, { dtype: first.dtype, shape: [], bytes: value });
    const attributes = { T: typeAttribute(first.dtype), index_type: typeAttribute(DataType.DT_INT32) };
    return [
      ...this.vector(`${node.name}/shape`, Int32Array.from(first.shape), axis, batches[0]),
      fill,
      { name: node.name, op: 'Fill', inputs: [`${node.name}/shape:0`, `${fill.name}:0`], attributes },
    ];
  }

  private scalar(value: number): Endpoint {
    return this.once(`scalar_${value < 0 ? 'minus_' : ''}${Math.abs(value)}`, (name) => constantNode(name, { dtype: DataType.DT_INT32, shape: [], bytes: bytesOf(Int32Array.of(value)) }));
  }

  private multiple(factor: number): Endpoint {
    const size = this.size();
    if (factor === 1) return size;
    return this.once(`times_${factor}`, (name) => ({ name, op: 'Mul', inputs: [size, this.scalar(factor)], attributes: { T: typeAttribute(DataType.DT_INT32) } }));
  }

  private size(): Endpoint {
    const shape = this.once('shape', (name) => ({
      name,
      op: 'Shape',
      inputs: [this.batched.endpoint],
      attributes: { T: typeAttribute(this.batched.dtype), out_type: typeAttribute(DataType.DT_INT32) },
    }));
    return this.once('size', (name) => ({
      name,
      op: 'GatherV2',
      inputs: [shape, this.scalar(0), this.scalar(0)],
      attributes: { Tparams: typeAttribute(DataType.DT_INT32), Tindices: typeAttribute(DataType.DT_INT32), Taxis: typeAttribute(DataType.DT_INT32), batch_dims: int(0) },
    }));
  }

  private once(part: string, make: (name: string) => GraphNode): Endpoint {
    const name = `${this.prefix}/batch/${part}`;
    if (!this.nodes.some((node) => node.name === name)) {
      const node = make(name);
      this.nodes.push(node);
    }
    return `${name}:0`;
  }
}

const int = (value: number): AttrValue => ({ value: { $case: 'i', value: BigInt(value) } });
const bytesOf = (values: Int32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function usersOf(nodes: readonly GraphNode[]): Map<string, { op: string; position: number }[]> {
  const users = new Map<string, { op: string; position: number }[]>();
  for (const { op, inputs } of nodes) {
    inputs.forEach((input, position) => users.set(input, [...(users.get(input) ?? []), { op, position }]));
  }
  return users;
}

function asInt32({ bytes }: Constant): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function dependsOnBatch({ name, op }: GraphNode): CoreError {
  return new CoreError('UNIMPLEMENTED', `${name} (${op}) depends on the batch size; write the layer without it`);
}
