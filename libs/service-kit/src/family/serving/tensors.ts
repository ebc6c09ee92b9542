import type { HostTensor, TensorData } from '@quartet/core';
import { QuartetError } from '@quartet/contracts';
import type { Tensors } from '../engine/protocol';

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function allocate(dtype: HostTensor['dtype'], length: number): TensorData {
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length);
}

/**
 * The batch size that all tensors of a request share.
 * @throws QuartetError INVALID_FIELD if they differ
 */
export function rowsOf(tensors: Tensors): number {
  const rows = Object.entries(tensors).map(([name, { shape }]) => ({ name, count: shape[0] ?? 0 }));
  const [first] = rows;
  const other = rows.find(({ count }) => count !== first?.count);
  if (first && other) {
    throw QuartetError.invalid(other.name, `has a batch of ${other.count}, but ${first.name} one of ${first.count}; make them equal`, 'SHAPE_MISMATCH');
  }
  return first?.count ?? 0;
}

/** What tensors must agree in to share a batch: names, dtypes, and shapes without the batch. */
export function batchKey(tensors: Tensors): string {
  return Object.entries(tensors)
    .map(([name, { dtype, shape }]) => `${name}:${dtype}:${shape.slice(1).join('x')}`)
    .sort()
    .join(' ');
}

/** Requests with one {@link batchKey} as one batch, in memory of its own. */
export function concatenate(items: readonly Tensors[]): Tensors {
  const names = Object.keys(items[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, join(items.map((tensors) => tensors[name] as HostTensor))]));
}

function join(parts: readonly HostTensor[]): HostTensor {
  const { dtype, shape } = parts[0] as HostTensor;
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  const whole = [rows, ...shape.slice(1)];
  const data = allocate(dtype, product(whole));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { dtype, shape: whole, data };
}

/** A batch's outputs, cut into the requests that made it up: views of the same memory. */
export function split(outputs: Tensors, rows: readonly number[]): Tensors[] {
  let from = 0;
  return rows.map((count) => {
    const to = from + count;
    const part = Object.entries(outputs).map(([name, tensor]) => [name, slice(tensor, from, to)] as const);
    from = to;
    return Object.fromEntries(part);
  });
}

function slice({ dtype, shape, data }: HostTensor, from: number, to: number): HostTensor {
  const row = product(shape.slice(1));
  return { dtype, shape: [to - from, ...shape.slice(1)], data: data.subarray(from * row, to * row) };
}
