import { scoped, startEngine, tf } from '../engine';
import { dense } from '../layers/dense';
import { orthogonal } from '../layers/initializers';
import { Parameters } from '../layers/parameters';
import { gru, lstm, simpleRnn } from '../layers/recurrent/layers';
import { type RecurrentLayer } from '../layers/recurrent/recurrent-layer';
import { truncated } from '../layers/recurrent/truncated';
import { watching } from '../layers/recurrent/watching';
import type { BatchSource } from './batches';
import type { DiagnosticEvent, TrainingEvent } from './events';
import type { Objective } from './objective';
import type { TrainerOptions } from './options';
import { spectralRadius } from './recurrent-watch';
import { Trainer } from './trainer';

beforeAll(() => {
  startEngine();
});

const [TIME, BATCH] = [60, 8];

/** Sequences of noise, and as answer their first number, to be remembered to the end. */
const firsts: BatchSource = {
  stepsPerEpoch: 12,
  batch(epoch, step) {
    const x = Float32Array.from({ length: BATCH * TIME }, (_, index) => Math.sin(1 + 78.233 * index + 12.9898 * (epoch * 12 + step)));
    return { inputs: { x: { dtype: 'float32', shape: [BATCH, TIME, 1], data: x }, y: { dtype: 'float32', shape: [BATCH, 1], data: Float32Array.from({ length: BATCH }, (_, row) => x[row * TIME]!) } }, count: BATCH };
  },
};

function model(make: (parameters: Parameters) => RecurrentLayer) {
  const parameters = new Parameters(3);
  const layer = make(parameters.scope('memory'));
  const output = dense(parameters.scope('output'), layer.units, 1);
  const objective: Objective = {
    weights: parameters.all,
    metrics: [],
    fingerprint: 'firsts',
    check: () => undefined,
    compute: ({ inputs, exampleWeights, context }) => {
      const { last } = layer.apply(inputs['x']!, { ...watching(context, 'memory'), inputGradient: false });
      return { loss: output(last, context).sub(inputs['y']!).square().mean(1).mul(exampleWeights).sum() };
    },
  };
  return { objective, parameters };
}

async function run(make: (parameters: Parameters) => RecurrentLayer, options: Partial<TrainerOptions> = {}, resume?: Uint8Array) {
  const { objective, parameters } = model(make);
  const events: TrainingEvent[] = [];
  const trainer = new Trainer({ objective, training: firsts, epochs: 1, diagnosticsEverySteps: 2, progressEveryMs: 0, onEvent: (event) => void events.push(event), ...options });
  if (resume) trainer.resumeFrom(resume);
  const result = await trainer.train();
  const findings = events.filter((event): event is DiagnosticEvent => event.type === 'diagnostic');
  const weights = parameters.all.map(({ variable }) => Array.from(variable.dataSync()));
  const seen = trainer.throughTime;
  trainer.dispose();
  parameters.dispose();
  return { result, events, findings, weights, ...seen };
}

const shrinking = (p: Parameters) => simpleRnn(p, 1, 12, { recurrentInitializer: orthogonal(0.5) });

describe('gradients through time in a training', () => {
  test.each([false, true])('a gradient that vanishes is named after four looks in a row, with the spectral radius; eager: %s', async (eager) => {
    const { findings, events, first, last } = await run(shrinking, { eager });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ verdict: 'vanishing', step: 8, applied: false, throughTime: true });
    expect(findings[0]!.evidence).toMatch(/^in memory \|dL\/dh_t\| goes from \S+ at step 54 of 60 to \S+ at the first; \d+ steps before the end it is below a hundredth of that; the recurrent kernel's spectral radius is 0\.[45]/);
    expect(first).toMatchObject({ step: 2, reach: { memory: expect.any(Number) } });
    expect(last!.curves['memory']).toHaveLength(60);
    const told = events.find((event) => event.type === 'progress' && event.step === 2);
    expect(told).toMatchObject({ metrics: { 'spectralRadius/memory.recurrent_kernel': expect.closeTo(0.5, 1) }, throughTime: { ...first, lengths: { memory: 60 } } });
    expect(events.filter((event) => event.type === 'progress' && event.throughTime).map((event) => (event.type === 'progress' ? event.step : 0))).toEqual([2, 4, 6, 8, 10, 12]);
  });

  test('a net that remembers is not accused', async () => {
    expect((await run((p) => lstm(p, 1, 12, { memory: 60 }))).findings).toEqual([]);
    expect((await run((p) => gru(p, 1, 12, { memory: 60 }))).findings).toEqual([]);
  });

  test('a resumed training says the same as an uninterrupted one, at the same step', async () => {
    let checkpoint: Uint8Array | undefined;
    const whole = await run(shrinking, { checkpointEverySteps: 5, onEvent: undefined });
    await run(shrinking, { checkpointEverySteps: 5, onEvent: (event) => void (event.type === 'checkpoint' && (checkpoint ??= event.bytes)) });
    const rest = await run(shrinking, { checkpointEverySteps: 5 }, checkpoint);
    expect(rest.findings).toMatchObject([{ verdict: 'vanishing', step: 8 }]);
    expect(rest.weights).toEqual(whole.weights);
    expect([rest.first, rest.last]).toEqual([whole.first, whole.last]);
  });

  test('an explosion is retried with clipping and a lower rate where that is asked for', async () => {
    const growing = (p: Parameters) => simpleRnn(p, 1, 12, { recurrentInitializer: orthogonal(2), activation: 'relu' });
    const { findings } = await run(growing, { onExploding: 'retry', learningRate: 1e-6 });
    expect(findings[0]).toMatchObject({ verdict: 'exploding', applied: true, remedy: 'went back to step 0; learning rate 5e-7, gradients clipped to global norm 1 (retry 1 of 2)' });
    expect((await run(growing, { learningRate: 1e-6 })).findings[0]).toMatchObject({ verdict: 'exploding', applied: false });
  });

  test('where a gradient stopped being finite is part of the evidence', async () => {
    const huge = (p: Parameters) => simpleRnn(p, 1, 12, { recurrentInitializer: orthogonal(30), activation: 'relu' });
    const { result, findings } = await run(huge, { onNotFinite: { action: 'stop' } });
    expect(result.outcome).toBe('notFinite');
    expect(findings[0]!.evidence).toMatch(/at step 1 \(gradient norm \S+; in memory \|dL\/dh_t\| is (Infinity|NaN) at step \d+ of 60, on its way back from \S+ at the last\)$/);
  });
});

test('the spectral radius is that of the eigenvalues', () => {
  const of = (rows: number[][]) => spectralRadius(rows.length, (row, column) => rows[row]![column]!);
  expect(of([[3, 0], [0, -5]])).toBeCloseTo(5, 5);
  // A rotation by 30 degrees, twice as long: complex eigenvalues of absolute value 2.
  expect(of([[Math.sqrt(3), -1], [1, Math.sqrt(3)]])).toBeCloseTo(2, 5);
  expect(of([[0, 1], [0, 0]])).toBe(0);
});

test('a truncated layer computes the same and learns from the last steps only', () => {
  scoped(() => {
    const parameters = new Parameters(3);
    const layer = gru(parameters, 1, 6);
    const x = tf().randomNormal([3, 10, 1], 0, 1, 'float32', 7);
    const lengths = tf().tensor1d([10, 3, 7], 'int32');
    const whole = layer.apply(x, { lengths, sequences: true });
    const cut = truncated(layer, 4).apply(x, { lengths, sequences: true });
    whole.steps.forEach((step, index) => expect(Array.from(cut.steps[index]!.dataSync())).toEqual(Array.from(step.dataSync())));
    expect(Array.from(cut.last.dataSync())).toEqual(Array.from(whole.last.dataSync()));
    const gradient = (of: RecurrentLayer): Float32Array => tf().grad((given) => of.apply(given).last.sum())(x).dataSync() as Float32Array;
    const [full, some] = [gradient(layer), gradient(truncated(layer, 4))];
    expect(some.subarray(0, 6).every((value) => value === 0)).toBe(true);
    some.subarray(6, 10).forEach((value, index) => expect(value).toBeCloseTo(full[6 + index]!, 6));
    parameters.dispose();
  });
});

test('gates that start with memories of up to so many steps', () => {
  scoped(() => {
    const parameters = new Parameters(3);
    lstm(parameters.scope('lstm'), 1, 200, { memory: 100 });
    gru(parameters.scope('gru'), 1, 200, { memory: 100 });
    const bias = (name: string) => Array.from(parameters.all.find((weight) => weight.name === name)!.variable.dataSync());
    const forget = bias('lstm.bias').slice(200, 400);
    // A gate of sigmoid(b) keeps a state for about 1 + exp(b) steps.
    const memory = forget.map((value) => 1 + Math.exp(value));
    expect(Math.min(...memory)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...memory)).toBeLessThanOrEqual(100);
    expect(memory.reduce((sum, value) => sum + value, 0) / 200).toBeCloseTo(51, -1);
    expect(bias('lstm.bias').slice(0, 200)).toEqual(forget.map((value) => -value));
    expect(bias('gru.bias').slice(200)).toEqual(new Array<number>(1000).fill(0));
    parameters.dispose();
  });
});
