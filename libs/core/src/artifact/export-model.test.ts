import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scoped, startEngine, tf, type Tensor } from '../engine';
import { toHost, toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import { largestDifference } from '../testing/golden';
import { exportModel, type ExportableModel, type ModelFunction } from './export-model';
import { SavedModelSession } from './session';

beforeAll(() => {
  startEngine();
});

const one = (compute: (x: Tensor) => Tensor): ExportableModel => ({
  weights: [],
  functions: { serving_default: { inputs: { x: { dtype: 'float32', shape: [4, 3] } }, compute: ({ x }) => ({ y: compute(x!) }) } },
});
const input = (batch: number): HostTensor => ({ dtype: 'float32', shape: [batch, 4, 3], data: Float32Array.from({ length: batch * 12 }, (_, i) => Math.sin(i)) });

/** The exported model's answer. */
function serve(model: ExportableModel, inputs: Record<string, HostTensor>, outputs?: string[], name?: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quartet-export-'));
  const { bytes, signatures } = exportModel(model);
  writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
  const session = new SavedModelSession(folder, signatures);
  try {
    return { signatures, results: session.run(inputs, outputs, name) };
  } finally {
    session.dispose();
    rmSync(folder, { recursive: true });
  }
}

test.each([
  ['a reshape', (x: Tensor) => x.reshape([x.shape[0] * 4, 3]).mul(2)],
  ['a reshape that leaves the batch', (x: Tensor) => x.reshape([x.shape[0], 12])],
  ['a slice', (x: Tensor) => x.slice([0, 1, 0], [x.shape[0], 2, 3])],
  ['zeros of the batch size', (x: Tensor) => tf().concat([tf().zeros([x.shape[0], 1, 3]), x], 1)],
  ['zeros that are a small constant at one batch size only', (x: Tensor) => tf().concat([tf().zeros([x.shape[0], 4, 2]), x, tf().zeros([x.shape[0], 4, 2])], 2)],
  ['a tile', (x: Tensor) => tf().ones([1, 4, 3]).tile([x.shape[0], 1, 1]).add(x)],
  ['an unstacked time axis', (x: Tensor) => x.unstack(1).reduce((all, step) => all.add(step).tanh(), tf().zeros([x.shape[0], 3]))],
] as const)('any batch size through %s', (_, compute) => {
  for (const batch of [1, 2, 5]) {
    const expected = scoped(() => toHost(compute(toTensor(input(batch)))));
    const { y } = serve(one(compute), { x: input(batch) }).results;
    expect(y!.shape).toEqual(expected.shape);
    expect(largestDifference(y!.data, expected.data)).toBeLessThan(1e-6);
  }
});

test('inputs and outputs keep names, dtypes and shapes; only what is asked for is computed', () => {
  const scaling: ModelFunction = {
    inputs: { tokens: { dtype: 'int32', shape: [2] }, scale: { dtype: 'float32', shape: [] } },
    compute: ({ tokens, scale }) => ({ doubled: tokens!.add(tokens!), scaled: tokens!.cast('float32').mul(scale!.expandDims(1)), count: tf().scalar(3).mul(1) }),
  };
  const model: ExportableModel = { weights: [], functions: { serving_default: scaling } };
  const inputs: Record<string, HostTensor> = { tokens: { dtype: 'int32', shape: [1, 2], data: Int32Array.of(1, 2) }, scale: { dtype: 'float32', shape: [1], data: Float32Array.of(0.5) } };
  const { signatures, results } = serve(model, inputs, ['scaled', 'doubled']);
  expect(signatures.serving_default).toEqual({
    inputs: { tokens: { dtype: 'int32', shape: [-1, 2] }, scale: { dtype: 'float32', shape: [-1] } },
    outputs: { doubled: { dtype: 'int32', shape: [-1, 2] }, scaled: { dtype: 'float32', shape: [-1, 2] }, count: { dtype: 'float32', shape: [] } },
  });
  expect(results).toEqual({ scaled: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(0.5, 1) }, doubled: { dtype: 'int32', shape: [1, 2], data: Int32Array.of(2, 4) } });
  expect(() => serve(model, { tokens: inputs.tokens! })).toThrow('received no input scale; expected tokens, scale');
});

test('several functions share the weights, each with its own names', () => {
  const weight = { name: 'w', variable: tf().tidy(() => tf().variable(tf().tensor1d([1, 2, 3]))), trainable: true };
  const vector = (name: string, compute: (x: Tensor) => Tensor): ModelFunction => ({
    inputs: { [name]: { dtype: 'float32', shape: [3] } },
    compute: (inputs) => ({ y: compute(inputs[name]!) }),
  });
  const model: ExportableModel = { weights: [weight], functions: { encode: vector('x', (x) => x.mul(weight.variable)), decode: vector('z', (z) => z.div(weight.variable)) } };
  const host: HostTensor = { dtype: 'float32', shape: [1, 3], data: Float32Array.of(6, 6, 6) };
  expect([...serve(model, { x: host }, ['y'], 'encode').results.y!.data]).toEqual([6, 12, 18]);
  expect([...serve(model, { z: host }, ['y'], 'decode').results.y!.data]).toEqual([6, 3, 2]);
  expect(() => serve(model, { x: host })).toThrow('received signature serving_default, expected encode or decode');
  weight.variable.dispose();
});

test('refuses a graph that depends on the batch size otherwise', () => {
  expect(() => exportModel(one((x) => x.mul(x.shape[0])))).toThrow('graph/Const_0 (Const) depends on the batch size; write the layer without it');
  expect(() => exportModel(one((x) => (x.shape[0] === 2 ? x : x.neg())))).toThrow('recorded 0 operations at one batch size, 1 at another');
});
