import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadArtifact, writeArtifact } from '../artifact/classifier';
import { startEngine } from '../engine';
import { MultiLabelMetrics } from '../metrics/multi-label';
import { NumbersMetrics } from '../metrics/numbers';
import { buildNetwork } from '../network/build';
import type { NetworkSpec } from '../network/spec';
import { deriveSeed } from '../random';
import { uniformNumbers } from '../decoding/random';
import type { ExampleBatch } from './objective';
import { multiLabelObjective, numbersObjective } from './image-targets';
import { Trainer } from './trainer';

const SPEC: NetworkSpec = { inputShape: [8, 8, 1], layers: [{ kind: 'conv2d', filters: 8 }, { kind: 'batchNormalization' }, { kind: 'flatten' }, { kind: 'dense', units: 24 }], classes: 3, head: 'labels' };
const NUMBERS: NetworkSpec = { ...SPEC, classes: 2, head: 'numbers', targets: { mean: [3.5, 100], standardDeviation: [2.3, 230] } };

beforeAll(() => {
  startEngine();
});

/** Each of three rows is bright or not, whatever the others are. Labels: which are. Numbers: the column of a bright dot, and 100 (column - 3.5) + 100. */
function batch(seed: number, numbers: boolean): ExampleBatch {
  const [count, padding] = [32, 2];
  const random = uniformNumbers(seed);
  const size = count + padding;
  const x = new Float32Array(size * 64);
  const targets = new Float32Array(size * (numbers ? 2 : 3));
  for (let example = 0; example < count; example += 1) {
    for (let pixel = 0; pixel < 64; pixel += 1) x[example * 64 + pixel] = 0.3 * random();
    if (numbers) {
      const column = Math.floor(random() * 8);
      for (let row = 2; row < 5; row += 1) x[example * 64 + row * 8 + column] = 1;
      targets.set([column, 100 * (column - 3.5) + 100], example * 2);
    } else {
      for (let label = 0; label < 3; label += 1) {
        if (random() < 0.5) continue;
        targets[example * 3 + label] = 1;
        for (let column = 0; column < 8; column += 1) x[example * 64 + (1 + label * 2) * 8 + column]! += 0.6;
      }
    }
  }
  return { inputs: { x: { dtype: 'float32', shape: [size, 8, 8, 1], data: x }, targets: { dtype: 'float32', shape: [size, targets.length / size], data: targets } }, count };
}

async function train(spec: NetworkSpec, mixup: number) {
  const numbers = spec.head === 'numbers';
  const network = buildNetwork(spec, 1);
  const objective = numbers ? numbersObjective(network, { mixup }) : multiLabelObjective(network, { mixup, labelSmoothing: 0.02 });
  const trainer = new Trainer({ objective, training: { stepsPerEpoch: 20, batch: (epoch, step) => batch(deriveSeed(3, epoch, step), numbers) }, epochs: 8, learningRate: 0.01, schedule: 'warmupCosine' });
  await trainer.train();
  return { network, trainer, test: [7, 8].map((seed) => batch(deriveSeed(seed, 'test'), numbers)) };
}

test('learns labels that stand by themselves, and serves their sigmoid', async () => {
  const { network, trainer, test: batches } = await train(SPEC, 0.1);
  const metrics = new MultiLabelMetrics(3);
  await trainer.evaluate({ batches: () => batches }, { outputs: ['logits'], see: ({ inputs, count }, { logits }) => metrics.add(logits!.data, inputs.targets!.data, count) });
  const report = metrics.report();
  expect(report.count).toBe(64);
  expect(report.meanAveragePrecision).toBeGreaterThan(0.95);
  expect(report.macroF1).toBeGreaterThan(0.9);
  const folder = mkdtempSync(path.join(tmpdir(), 'quartet-labels-'));
  try {
    await writeArtifact(folder, { network, family: 'cnn', classNames: ['a', 'b', 'c'], metrics: {}, dataDigest: '', seed: 1, temperature: 2 });
    const model = await loadArtifact(folder);
    const x = batches[0]!.inputs.x!;
    const [own, served] = [network.predict(x).logits.data, model.predict(x)];
    expect(model.manifest.spec).toMatchObject({ head: 'labels', temperature: 2 });
    expect(served.logits.data[4]).toBeCloseTo(own[4]! / 2, 5);
    expect(served.probabilities.data[4]).toBeCloseTo(1 / (1 + Math.exp(-own[4]! / 2)), 5);
    model.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
  trainer.dispose();
  network.dispose();
});

test('learns numbers of very different scales, and serves them in their units', async () => {
  const { network, trainer, test: batches } = await train(NUMBERS, 0);
  const metrics = new NumbersMetrics(2);
  await trainer.evaluate({ batches: () => batches }, { outputs: ['values'], see: ({ inputs, count }, { values }) => metrics.add(values!.data, inputs.targets!.data, count) });
  const { perNumber, mae } = metrics.report();
  expect(perNumber[0]!.mae).toBeLessThan(0.6);
  expect(perNumber.map(({ r2 }) => r2 > 0.9)).toEqual([true, true]);
  expect((await trainer.evaluate({ batches: () => batches }))['mae']).toBeCloseTo(mae, 2);
  const folder = mkdtempSync(path.join(tmpdir(), 'quartet-numbers-'));
  try {
    await writeArtifact(folder, { network, family: 'cnn', classNames: ['column', 'scaled'], metrics: {}, dataDigest: '', seed: 1 });
    const model = await loadArtifact(folder);
    const { values } = model.predict(batches[0]!.inputs.x!, ['values']);
    expect(values.data[0]).toBeCloseTo(batches[0]!.inputs.targets!.data[0]!, -1);
    expect(Object.keys(model.predict(batches[0]!.inputs.x!)).sort()).toEqual(['embedding', 'values']);
    model.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
  trainer.dispose();
  network.dispose();
});

test('refuses another head, and options out of range', () => {
  const network = buildNetwork(SPEC, 1);
  expect(() => numbersObjective(network)).toThrow('spec.head: received labels, expected numbers');
  expect(() => multiLabelObjective(network, { labelSmoothing: 1, mixup: 11 })).toThrow(/labelSmoothing: received 1.*mixup: received 11/);
  network.dispose();
});
