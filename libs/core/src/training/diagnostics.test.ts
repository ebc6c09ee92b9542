import { startEngine, tf } from '../engine';
import { buildNetwork } from '../network/build';
import type { LayerSpec } from '../network/spec';
import { bars, SMALL_SPEC } from '../testing/data';
import { linearModel, lineGradient, lines } from '../testing/linear';
import { classificationObjective } from './classification';
import type { DiagnosticEvent, Metrics } from './events';
import type { TrainerOptions } from './options';
import { Trainer } from './trainer';

beforeAll(() => {
  startEngine();
});

const STEPS = 6;

interface Seen {
  progress: (Metrics & { at: number })[];
  findings: DiagnosticEvent[];
}

async function watch(options: Omit<TrainerOptions, 'onEvent'>): Promise<Seen> {
  const seen: Seen = { progress: [], findings: [] };
  const trainer = new Trainer({
    ...options,
    onEvent: (event) => {
      if (event.type === 'progress') seen.progress.push({ ...event.metrics, at: event.step });
      if (event.type === 'diagnostic') seen.findings.push(event);
    },
  });
  await trainer.train();
  trainer.dispose();
  return seen;
}

/** A classifier of bars. @param change What is done to its fresh weights, by name. */
async function watchNetwork(layers: LayerSpec[], options: Partial<TrainerOptions>, change: Record<string, number> = {}): Promise<Seen> {
  const network = buildNetwork({ ...SMALL_SPEC, layers }, 1);
  for (const { name, variable } of network.weights) if (name in change) tf().tidy(() => variable.assign(tf().fill(variable.shape, change[name]!)));
  const seen = await watch({ objective: classificationObjective(network), training: bars(3, STEPS, 16), epochs: 2, diagnosticsEverySteps: 1, ...options });
  network.dispose();
  return seen;
}

const verdicts = ({ findings }: Seen) => findings.map(({ verdict, applied }) => [verdict, applied]);

describe('measures', () => {
  test.each([false, true])("a weight's gradient and how far it moves, eager: %s", async (eager) => {
    const model = linearModel();
    const { progress } = await watch({ objective: model.objective, training: lines(STEPS, 4), epochs: 1, optimizer: 'sgd', learningRate: 0.1, diagnosticsEverySteps: 2, progressEveryMs: 1e9, eager });
    // The first step is told of in any case.
    expect(progress.map(({ at }) => at)).toEqual([1, 2, 4, 6]);
    let kernel = [0.5, -0.25, 0.125];
    for (let step = 0; step < STEPS; step += 1) {
      const { gradient } = lineGradient(kernel, await lines(STEPS, 4).batch(0, step));
      const norm = Math.hypot(...gradient);
      const told = progress.find(({ at }) => at === step + 1);
      if (step % 2 === 1) expect(told).toMatchObject({ 'gradientNorm/kernel': expect.closeTo(norm, 4), 'updateRatio/kernel': expect.closeTo((0.1 * norm) / Math.hypot(...kernel), 5) });
      else expect(told?.['gradientNorm/kernel']).toBeUndefined();
      kernel = kernel.map((weight, column) => weight - 0.1 * gradient[column]!);
    }
    model.dispose();
  });

  test('the share of units that give 0 for the whole batch', async () => {
    const spec: LayerSpec[] = [{ kind: 'conv2d', filters: 4, activation: 'tanh' }, { kind: 'flatten' }, { kind: 'dense', units: 16 }];
    const { progress } = await watchNetwork(spec, { optimizer: 'sgd', learningRate: 1e-6 }, { 'layers.2.bias': -100 });
    expect(progress[0]).toMatchObject({ 'deadUnits/layers.2': 1, 'gradientNorm/layers.2.kernel': 0, 'gradientNorm/logits.bias': expect.any(Number) });
    // tanh has no dead units.
    expect(Object.keys(progress[0]!).filter((name) => name.startsWith('deadUnits/'))).toEqual(['deadUnits/layers.2']);
    const alive = await watchNetwork(spec, { optimizer: 'sgd', learningRate: 1e-6 }, { 'layers.2.bias': 100 });
    expect(alive.progress[0]!['deadUnits/layers.2']).toBe(0);
  });

  test('under names that stay, nothing when it is turned off', async () => {
    const layers: LayerSpec[] = [{ kind: 'conv2d', filters: 4 }, { kind: 'batchNormalization' }, { kind: 'flatten' }];
    const { progress } = await watchNetwork(layers, { progressEveryMs: 0 });
    const own = (metrics: Metrics) => Object.keys(metrics).filter((name) => name.includes('/') && name !== 'step/loss').sort();
    expect(own(progress[0]!)).toEqual([
      'deadUnits/layers.0',
      ...['layers.0.bias', 'layers.0.kernel', 'layers.1.beta', 'layers.1.gamma', 'logits.bias', 'logits.kernel'].map((name) => `gradientNorm/${name}`),
      ...['layers.0.kernel', 'logits.kernel'].map((name) => `updateRatio/${name}`),
    ]);
    const off = await watchNetwork(layers, { progressEveryMs: 0, diagnosticsEverySteps: 0 });
    expect(off.progress.map(own)).toEqual(Array.from({ length: 2 * STEPS }, () => []));
  });
});

describe('judges', () => {
  const sigmoids = Array.from({ length: 12 }, (): LayerSpec => ({ kind: 'dense', units: 16, activation: 'sigmoid' }));

  test('vanishing gradients, once', async () => {
    const seen = await watchNetwork([{ kind: 'flatten' }, ...sigmoids], {});
    expect(verdicts(seen)).toEqual([['vanishing', false]]);
    expect(seen.findings[0]).toMatchObject({ step: 3, evidence: expect.stringMatching(/^the gradient of layers\.1\.kernel is \d\.\d+e-\d+ of that of logits\.kernel/), remedy: expect.stringContaining('use ReLU') });
  });

  test('exploding gradients', async () => {
    const model = linearModel();
    const seen = await watch({ objective: model.objective, training: lines(40, 16), epochs: 1, optimizer: 'sgd', learningRate: 4, diagnosticsEverySteps: 1 });
    model.dispose();
    expect(verdicts(seen).slice(0, 1)).toEqual([['exploding', false]]);
    expect(seen.findings[0]).toMatchObject({ evidence: expect.stringMatching(/^the gradient norm is .*, \d+ times its median of /), remedy: expect.stringContaining('clip') });
  });

  // The layer after a dead one sees nothing but zeros.
  test('dead units, and not the gradients that they stop', async () => {
    const seen = await watchNetwork([{ kind: 'flatten' }, { kind: 'dense', units: 16 }, { kind: 'dense', units: 16 }], {}, { 'layers.1.bias': -100 });
    expect(verdicts(seen)).toEqual([['dead_units', false]]);
    expect(seen.findings[0]!.evidence).toBe('ReLU units that gave 0 for a whole batch: 100 % of layers.1, 100 % of layers.2');
  });

  test('a loss that does not fall', async () => {
    const source = bars(3, STEPS, 16);
    const training = { stepsPerEpoch: STEPS, batch: (_epoch: number, step: number) => source.batch(0, step) };
    const seen = await watchNetwork([{ kind: 'flatten' }], { training, optimizer: 'sgd', learningRate: 1e-8, epochs: 7 });
    expect(verdicts(seen)).toEqual([['stalled', false]]);
    expect(seen.findings[0]).toMatchObject({ step: 5 * STEPS, evidence: expect.stringMatching(/^the training loss was 1\.\d+ in epoch 1 and never fell below 1\.\d+ in 5 epochs$/) });
  });

  test('nothing in a training that goes well, and goes on when it is done', async () => {
    const seen = await watchNetwork(SMALL_SPEC.layers, { epochs: 25, learningRate: 0.01, schedule: 'warmupCosine' });
    expect(seen.progress.at(-1)!.accuracy).toBeGreaterThan(0.9);
    expect(seen.findings).toEqual([]);
  });
});
