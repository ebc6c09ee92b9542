import { isDeepStrictEqual } from 'node:util';
import { CoreError } from '../errors';
import { DataType } from '../generated/tensorflow/core/framework/types';
import type { Constant, GraphNode } from './node';

/**
 * Makes one graph for any batch size from the same work recorded at two: they must agree in all but the shapes given to
 * Reshape, where the one dimension that is proportional to the batch becomes -1.
 *
 * @throws CoreError UNIMPLEMENTED naming the operation whose graph depends on the batch size otherwise.
 */
export function unifyBatch(first: readonly GraphNode[], second: readonly GraphNode[], batches: [number, number]): GraphNode[] {
  if (first.length !== second.length) {
    throw new CoreError('UNIMPLEMENTED', `recorded ${first.length} operations at one batch size, ${second.length} at another`);
  }
  const users = usersOf(first);
  return first.map((node, index) => {
    const other = second[index] as GraphNode;
    const { constant, ...rest } = node;
    const { constant: otherConstant, ...otherRest } = other;
    if (!isDeepStrictEqual(rest, otherRest)) throw dependsOnBatch(node);
    if (!constant || !otherConstant || isDeepStrictEqual(constant, otherConstant)) return node;
    const shapesOnly = users.get(`${node.name}:0`)?.every(({ op, position }) => op === 'Reshape' && position === 1) ?? false;
    if (!shapesOnly) throw dependsOnBatch(node);
    return { ...node, constant: anyBatch(constant, otherConstant, batches, node) };
  });
}

function anyBatch(first: Constant, second: Constant, [a, b]: [number, number], node: GraphNode): Constant {
  if (first.dtype !== DataType.DT_INT32 || !isDeepStrictEqual(first.shape, second.shape)) throw dependsOnBatch(node);
  const sizes = asInt32(first);
  const others = asInt32(second);
  const varying = [...sizes.keys()].filter((axis) => sizes[axis] !== others[axis]);
  const axis = varying[0];
  if (axis === undefined || varying.length > 1 || sizes.includes(-1)) throw dependsOnBatch(node);
  if ((sizes[axis] ?? 0) * b !== (others[axis] ?? 0) * a) throw dependsOnBatch(node);
  const unified = Int32Array.from(sizes);
  unified[axis] = -1;
  return { ...first, bytes: new Uint8Array(unified.buffer) };
}

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
