import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scoped, startEngine, tensorCounts, tf } from '../engine';
import { buildNetwork } from '../network/build';
import type { Network } from '../network/network';
import type { Activation, NetworkSpec } from '../network/spec';
import { readSafetensors } from '../safetensors/safetensors';
import type { HostTensor } from '../tensor/host-tensor';
import { largestDifference } from '../testing/golden';
import { runPython } from '../testing/python';
import { loadArtifact, writeArtifact, type ClassifierManifest } from './classifier';

const ACTIVATIONS: Activation[] = ['linear', 'relu', 'leakyRelu', 'elu', 'tanh', 'sigmoid'];
/** Every kind of layer, every activation; non-square, three channels. */
const SPEC: NetworkSpec = {
  inputShape: [14, 12, 3],
  normalization: { mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.3, 0.4] },
  layers: [
    { kind: 'conv2d', filters: 6 },
    { kind: 'batchNormalization' },
    { kind: 'maxPool2d' },
    ...ACTIVATIONS.map((activation) => ({ kind: 'conv2d', filters: 5, activation }) as const),
    { kind: 'dropout', rate: 0.4 },
    { kind: 'averagePool2d', size: 2, stride: 1 },
    { kind: 'conv2d', filters: 9, kernelSize: 2, stride: 2, padding: 'valid' },
    { kind: 'flatten' },
    ...ACTIVATIONS.map((activation) => ({ kind: 'dense', units: 11, activation }) as const),
    { kind: 'batchNormalization' },
  ],
  classes: 4,
};

const folder = mkdtempSync(path.join(tmpdir(), 'quartet-artifact-'));
const original = path.join(folder, 'original');
let network: Network;
let manifest: ClassifierManifest;

beforeAll(async () => {
  startEngine();
  network = buildNetwork(SPEC, 5);
  shake(network);
  manifest = await writeArtifact(original, describe_(network));
});
afterAll(() => {
  network.dispose();
  rmSync(folder, { recursive: true });
});

const describe_ = (of: Network) => ({
  network: of, family: 'cnn', classNames: Array.from({ length: of.spec.classes }, (_, index) => `class ${index}`), metrics: { 'test/accuracy': 0.9 }, dataDigest: 'abc', seed: 2n ** 63n, extra: { note: 'x' },
});

/** Random numbers in all weights, running statistics too: fresh ones are 0 and 1, which would hide mistakes. */
function shake(of: Network): void {
  scoped(() => {
    of.weights.forEach(({ name, variable }, index) => {
      const noise = tf().randomUniform(variable.shape, 0.05, 0.35, 'float32', index + 1);
      variable.assign(name.endsWith('variance') ? variable.add(noise) : variable.add(noise.sub(0.2)));
    });
  });
}

const images = (batch: number, shape: number[] = SPEC.inputShape): HostTensor => {
  const size = batch * shape.reduce((a, b) => a * b, 1);
  return { dtype: 'float32', shape: [batch, ...shape], data: Float32Array.from({ length: size }, (_, index) => ((index * 7919) % 997) / 997) };
};

let copies = 0;
const copy = (): string => {
  const target = path.join(folder, `copy-${(copies += 1)}`);
  cpSync(original, target, { recursive: true });
  return target;
};

test('the manifest describes the model and every file', () => {
  expect(JSON.parse(readFileSync(path.join(original, 'manifest.json'), 'utf8'))).toEqual(manifest);
  expect(manifest).toMatchObject({
    format: 'quartet.artifact', formatVersion: 1, family: 'cnn', spec: SPEC, seed: '9223372036854775808', dataDigest: 'abc', extra: { note: 'x' },
    signature: {
      inputs: { images: { dtype: 'float32', shape: [-1, 14, 12, 3] } },
      outputs: { logits: { dtype: 'float32', shape: [-1, 4] }, embedding: { dtype: 'float32', shape: [-1, 11] }, probabilities: { dtype: 'float32', shape: [-1, 4] } },
    },
    parameterCount: network.parameterCount,
    versions: { tensorflow: expect.stringMatching(/^2\./), node: process.version },
  });
  expect(manifest.files.map((file) => file.path)).toEqual(['weights.safetensors', 'saved_model/saved_model.pb']);
  for (const { path: file, size, sha256 } of manifest.files) {
    const bytes = readFileSync(path.join(original, file));
    expect({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({ size, sha256 });
  }
  const { tensors } = readSafetensors(readFileSync(path.join(original, 'weights.safetensors')));
  expect(tensors).toEqual(new Map([...network.exportWeights()].sort(([a], [b]) => (a < b ? -1 : 1))));
});

test('the loaded model yields what the network does, at any batch size', async () => {
  const model = await loadArtifact(original);
  for (const batch of [1, 2, 3, 7, 64]) {
    const x = images(batch);
    const received = model.predict(x);
    const expected = network.predict(x);
    expect(received.logits.shape).toEqual([batch, 4]);
    expect(received.embedding.shape).toEqual([batch, 11]);
    expect(largestDifference(received.logits.data, expected.logits.data)).toBeLessThan(1e-6);
    expect(largestDifference(received.embedding.data, expected.embedding.data)).toBeLessThan(1e-6);
    for (let row = 0; row < batch; row += 1) {
      const sum = Array.from(received.probabilities.data.subarray(row * 4, row * 4 + 4)).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  }
  model.dispose();
});

test('plain TensorFlow in Python loads it and yields the same', async () => {
  interface Outputs {
    logits: number[];
    embedding: number[];
    probabilities: number[];
    signature: string;
  }
  const program = `
import json, sys
import numpy as np, tensorflow as tf
size = int(np.prod([5, 14, 12, 3]))
x = ((np.arange(size) * 7919) % 997 / 997).astype(np.float32).reshape(5, 14, 12, 3)
run = tf.saved_model.load(sys.argv[1]).signatures['serving_default']
out = {k: v.numpy().ravel().tolist() for k, v in run(images=tf.constant(x)).items()}
print(json.dumps({**out, 'signature': str(run.structured_input_signature[1]['images'])}))
`;
  const expected = runPython<Outputs>(program, path.join(original, 'saved_model'));
  expect(expected.signature).toContain('shape=(None, 14, 12, 3), dtype=tf.float32');
  const model = await loadArtifact(original);
  const received = model.predict(images(5));
  for (const name of ['logits', 'embedding', 'probabilities'] as const) {
    expect(largestDifference(received[name].data, expected[name])).toBeLessThan(1e-5);
    expect(expected[name].length).toBe(received[name].data.length);
  }
  model.dispose();
}, 240_000);

test('global pooling, and no layer that flattens', async () => {
  for (const layers of [[{ kind: 'conv2d', filters: 3 }, { kind: 'globalAveragePool' }], [{ kind: 'conv2d', filters: 3 }]] as NetworkSpec['layers'][]) {
    const other = buildNetwork({ inputShape: [5, 6, 1], layers, classes: 2 }, 1);
    const target = path.join(folder, `pool-${layers.length}`);
    await writeArtifact(target, describe_(other));
    const model = await loadArtifact(target);
    const x = images(4, [5, 6, 1]);
    expect(largestDifference(model.predict(x).logits.data, other.predict(x).logits.data)).toBeLessThan(1e-6);
    model.dispose();
    other.dispose();
  }
});

test('predict checks its input, and a disposed model says so', async () => {
  const before = tensorCounts();
  const model = await loadArtifact(original);
  expect(tensorCounts().sessions).toBe(before.sessions + 1);
  expect(() => model.predict(images(1, [14, 12, 1]))).toThrow('images.shape: received [1, 14, 12, 1], expected [-1, 14, 12, 3]');
  expect(() => model.predict(images(0))).toThrow('received an empty batch');
  const bad = images(1);
  bad.data[5] = NaN;
  expect(() => model.predict(bad)).toThrow('received NaN at element [0, 0, 1, 2]');
  for (let run = 0; run < 20; run += 1) model.predict(images(2));
  model.dispose();
  model.dispose();
  expect(tensorCounts()).toEqual(before);
  expect(() => model.predict(images(1))).toThrow('the model was disposed of; load it again');
});

test('does not write over an artefact', async () => {
  await expect(writeArtifact(original, describe_(network))).rejects.toThrow('is not empty; give a new folder for the artefact');
});

describe('loading refuses', () => {
  const edit = (target: string, change: (manifest: ClassifierManifest) => void): void => {
    const file = path.join(target, 'manifest.json');
    const edited = JSON.parse(readFileSync(file, 'utf8')) as ClassifierManifest;
    change(edited);
    writeFileSync(file, JSON.stringify(edited));
  };
  test.each([
    ['a changed byte', (target: string) => { const file = path.join(target, 'weights.safetensors'); const bytes = readFileSync(file); bytes[200]! ^= 1; writeFileSync(file, bytes); }, /weights\.safetensors has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}/],
    ['a longer file', (target: string) => appendFileSync(path.join(target, 'saved_model/saved_model.pb'), 'x'), /saved_model\.pb has \d+ bytes, expected \d+/],
    ['a missing file', (target: string) => rmSync(path.join(target, 'saved_model/saved_model.pb')), /saved_model\.pb is missing/],
    ['no manifest', (target: string) => rmSync(path.join(target, 'manifest.json')), /manifest\.json can't be read as JSON/],
    ['a path that climbs', (target: string) => edit(target, ({ files }) => { files[0]!.path = '../original/weights.safetensors'; }), /climbs out of the folder/],
    ['an absolute path', (target: string) => edit(target, ({ files }) => { files[0]!.path = '/etc/passwd'; }), /climbs out of the folder/],
    ['a link', (target: string) => { const file = path.join(target, 'weights.safetensors'); renameSync(file, `${target}.moved`); symlinkSync(`${target}.moved`, file); }, /is a link or not a plain file/],
    ['a folder that is a link', (target: string) => { renameSync(path.join(target, 'saved_model'), `${target}.moved`); symlinkSync(`${target}.moved`, path.join(target, 'saved_model')); }, /is a link or not a plain file/],
    ['a file that TensorFlow would load besides', (target: string) => { mkdirSync(path.join(target, 'saved_model/variables')); writeFileSync(path.join(target, 'saved_model/variables/variables.index'), ''); }, /saved_model\/variables\/variables\.index is there, but the manifest doesn't list it/],
    ['a manifest that leaves a file out', (target: string) => edit(target, ({ files }) => void files.pop()), /doesn't list saved_model\/saved_model\.pb/],
    ['another format', (target: string) => edit(target, (edited) => { (edited as { formatVersion: number }).formatVersion = 2; }), /received format quartet\.artifact 2, expected quartet\.artifact 1/],
    ['a network that is not valid', (target: string) => edit(target, ({ spec }) => { spec.classes = 0; }), /its network is not valid: spec\.classes: received 0/],
  ])('%s', async (_name, spoil, message) => {
    const target = copy();
    spoil(target);
    await expect(loadArtifact(target)).rejects.toThrow(expect.objectContaining({ reason: 'CORRUPT_DATA', message: expect.stringMatching(message) }));
  });

  test('a graph that TensorFlow cannot read, though its digest is right', async () => {
    const target = copy();
    const bytes = readFileSync(path.join(target, 'saved_model/saved_model.pb')).subarray(0, 900);
    writeFileSync(path.join(target, 'saved_model/saved_model.pb'), bytes);
    edit(target, ({ files }) => Object.assign(files[1]!, { size: 900, sha256: createHash('sha256').update(bytes).digest('hex') }));
    await expect(loadArtifact(target)).rejects.toThrow("TensorFlow can't load the SavedModel");
  });
});
