// The safetensors format, as tensors.py writes it: float32 and int32 alone.
import { readFileSync } from 'node:fs';

const ARRAYS = { F32: Float32Array, I32: Int32Array };

/** @returns `{ weights, data }`: maps of `{ dtype, shape, data }` in the file's order, the data's names without their prefix. */
export function readTensors(file) {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const [weights, data] = [new Map(), new Map()];
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(JSON.parse(bytes.subarray(8, start).toString()))) {
    // A copy of its own: starts where a view may, and doesn't hold the whole file in memory.
    const copy = Uint8Array.from(bytes.subarray(start + from, start + to));
    const tensor = { dtype: dtype === 'F32' ? 'float32' : 'int32', shape, data: new ARRAYS[dtype](copy.buffer) };
    if (name.startsWith('data/')) data.set(name.slice('data/'.length), tensor);
    else weights.set(name, tensor);
  }
  return { weights, data };
}

/** The batches of the data, `[{ x, y, ... }]`: views, along the first axis. */
export function batchesOf(data) {
  const [count] = [...data.values()][0].shape;
  return Array.from({ length: count }, (_, index) => Object.fromEntries([...data].map(([name, tensor]) => [name, sliceOf(tensor, index)])));
}

function sliceOf({ dtype, shape, data }, index) {
  const [count, ...rest] = shape;
  const size = data.length / count;
  return { dtype, shape: rest, data: data.subarray(index * size, (index + 1) * size) };
}

/** The first `count` examples of a batch, in memory of their own. */
export function firstOf({ dtype, shape: [batch, ...example], data }, count) {
  return { dtype, shape: [count, ...example], data: data.slice(0, (data.length / batch) * count) };
}
