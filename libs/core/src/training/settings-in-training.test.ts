import { startEngine } from '../engine';
import { buildNetwork } from '../network/build';
import type { NetworkSpec } from '../network/spec';
import { bars, barTests, SMALL_SPEC } from '../testing/data';
import { linearModel, lineBatch, lineGradient, lines } from '../testing/linear';
import type { BatchSource } from './batches';
import { classificationObjective } from './classification';
import { evaluate, evaluateTrained } from './evaluate';
import type { Metrics, TrainingEvent, TrainingResult } from './events';
import type { TrainerOptions } from './options';
import { Trainer } from './trainer';

beforeAll(() => {
  startEngine();
});

const STEPS = 6;
/** Without batch normalization and dropout, so that examples don't depend on their batch. */
const PLAIN: NetworkSpec = { ...SMALL_SPEC, layers: [{ kind: 'conv2d', filters: 4 }, { kind: 'flatten' }, { kind: 'dense', units: 16 }] };

interface Trained {
  weights: number[];
  result: TrainingResult;
  progress: Metrics[];
}

async function train(spec: NetworkSpec, options: Partial<TrainerOptions>, checkpoint?: Uint8Array): Promise<Trained> {
  const network = buildNetwork(spec, checkpoint ? 99 : 1);
  const progress: Metrics[] = [];
  const trainer = new Trainer({
    objective: classificationObjective(network), training: bars(3, STEPS, 16), validation: barTests(4, 2, 16), epochs: 3, learningRate: 0.01, progressEveryMs: 0,
    onEvent: (event) => void (event.type === 'progress' && progress.push(event.metrics)),
    ...options,
  });
  if (checkpoint) trainer.resumeFrom(checkpoint);
  const result = await trainer.train();
  trainer.dispose();
  const weights = [...network.exportWeights().values()].flatMap(({ data }) => [...data]);
  network.dispose();
  return { weights, result, progress };
}

async function checkpointAt(step: number, spec: NetworkSpec, options: Partial<TrainerOptions>): Promise<Uint8Array> {
  const abort = new AbortController();
  const network = buildNetwork(spec, 1);
  const onEvent = (event: TrainingEvent): void => void (event.type === 'progress' && event.step === step && abort.abort());
  const trainer = new Trainer({
    objective: classificationObjective(network), training: bars(3, STEPS, 16), validation: barTests(4, 2, 16), epochs: 3, learningRate: 0.01, progressEveryMs: 0, ...options, onEvent,
  });
  await trainer.train(abort.signal);
  const bytes = trainer.saveCheckpoint();
  trainer.dispose();
  network.dispose();
  return bytes;
}

const largestDifference = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));

describe('accumulateSteps', () => {
  /** The same examples, four batches of 16 as one of 64. */
  const wide = (source: BatchSource): BatchSource => ({
    stepsPerEpoch: source.stepsPerEpoch / 4,
    async batch(epoch, step) {
      const parts = await Promise.all([0, 1, 2, 3].map(async (part) => source.batch(epoch, step * 4 + part)));
      const join = (name: string) => {
        const { dtype, shape } = parts[0]!.inputs[name]!;
        const data = parts.flatMap(({ inputs }) => [...inputs[name]!.data]);
        return { dtype, shape: [64, ...shape.slice(1)], data: dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data) };
      };
      return { inputs: { x: join('x'), y: join('y') }, count: 64 };
    },
  });

  test.each(['sgd', 'adam'] as const)('four steps make the update of one batch four times as large: %s', async (optimizer) => {
    const options: Partial<TrainerOptions> = { optimizer, clip: { globalNorm: 0.5 }, weightDecay: 0.01 };
    const source = bars(3, 8, 16);
    const accumulated = await train(PLAIN, { ...options, training: source, accumulateSteps: 4 });
    const whole = await train(PLAIN, { ...options, training: wide(source) });
    const none = await train(PLAIN, { ...options, training: source });
    expect(largestDifference(accumulated.weights, whole.weights)).toBeLessThan(1e-4);
    expect(largestDifference(accumulated.weights, none.weights)).toBeGreaterThan(1e-3);
    // Validation after the same updates.
    expect(accumulated.result.history[2]!.metrics['validation/loss']).toBeCloseTo(whole.result.history[2]!.metrics['validation/loss']!, 4);
  });

  test('averages the steps left at the end of an epoch', async () => {
    const model = linearModel();
    const training = lines(5, 4);
    const trainer = new Trainer({ objective: model.objective, training, epochs: 2, optimizer: 'sgd', learningRate: 0.1, accumulateSteps: 3 });
    await trainer.train();
    let kernel = [0.5, -0.25, 0.125];
    for (const epoch of [0, 1]) {
      for (const window of [[0, 1, 2], [3, 4]]) {
        const gradients = await Promise.all(window.map(async (step) => lineGradient(kernel, await training.batch(epoch, step)).gradient));
        kernel = kernel.map((weight, column) => weight - 0.1 * (gradients.reduce((sum, each) => sum + each[column]!, 0) / window.length));
      }
    }
    model.values().forEach((value, index) => expect(value).toBeCloseTo(kernel[index]!, 5));
    trainer.dispose();
    model.dispose();
  });
});

describe('ema', () => {
  test('leaves the average of the weights after each update, by its recurrence', async () => {
    const model = linearModel();
    let average = model.values();
    let kernel = average;
    const training = lines(6, 4);
    const seen: number[][] = [];
    const trainer = new Trainer({
      objective: model.objective, training, epochs: 2, optimizer: 'sgd', learningRate: 0.1, ema: { decay: 0.8 }, progressEveryMs: 0,
      onEvent: (event) => {
        if (event.type !== 'progress') return;
        trainer.saveCheckpoint();
        seen.push(model.values());
      },
    });
    await trainer.train();
    for (let step = 0; step < 12; step += 1) {
      const { gradient } = lineGradient(kernel, await training.batch(Math.floor(step / 6), step % 6));
      kernel = kernel.map((weight, column) => weight - 0.1 * gradient[column]!);
      average = average.map((value, column) => value + (kernel[column]! - value) * 0.2);
      // While it trains, the model holds the weights themselves.
      seen[step]!.forEach((value, index) => expect(value).toBeCloseTo(kernel[index]!, 5));
    }
    model.values().forEach((value, index) => expect(value).toBeCloseTo(average[index]!, 5));
    expect(Math.abs(average[0]! - kernel[0]!)).toBeGreaterThan(0.01);
    trainer.dispose();
    model.dispose();
  });

  test('validation measures the average, and early stopping restores that of the best epoch', async () => {
    const network = buildNetwork(SMALL_SPEC, 1);
    const validation = barTests(4, 2, 16);
    const trainer = new Trainer({
      objective: classificationObjective(network), training: bars(3, STEPS, 16), validation, epochs: 30, learningRate: 0.3, ema: { decay: 0.5 }, earlyStopping: { patience: 1 },
    });
    const { history, restoredEpoch } = await trainer.train();
    const { loss, accuracy } = await evaluate(network, validation, 3);
    expect(history[restoredEpoch! - 1]!.metrics['validation/loss']).toBeCloseTo(loss, 5);
    expect(history[restoredEpoch! - 1]!.metrics['validation/accuracy']).toBeCloseTo(accuracy, 6);
    expect(history).toHaveLength(restoredEpoch! + 1);
    // And so does the trainer from then on.
    expect((await trainer.evaluate(validation)).loss).toBeCloseTo(loss, 5);
    trainer.dispose();
    network.dispose();
  });
});

describe('plateau', () => {
  test('halves the rate each time that so many epochs bring nothing', async () => {
    // A rate at which no loss moves: after epoch 1 none is better.
    const options: Partial<TrainerOptions> = { epochs: 8, learningRate: 1e-9, optimizer: 'sgd', schedule: 'plateau', plateau: { patience: 2, minFactor: 0.2 } };
    const { progress } = await train(PLAIN, options);
    const rates = Array.from({ length: 8 }, (_, epoch) => progress[epoch * STEPS]!.learningRate! / 1e-9);
    [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2].forEach((factor, epoch) => expect(rates[epoch]).toBeCloseTo(factor, 12));
  });
});

describe('is exact on resume, bit for bit', () => {
  test.each<[string, Partial<TrainerOptions>]>([
    ['accumulation', { accumulateSteps: 4 }],
    ['averaged weights', { ema: { decay: 0.9 } }],
    ['averaged weights, the best ones restored', { ema: { decay: 0.9 }, accumulateSteps: 2, epochs: 6, learningRate: 0.2, earlyStopping: { patience: 1 } }],
    ['plateau', { schedule: 'plateau', plateau: { patience: 1, minDelta: 10 } }],
    ['diagnostics', { diagnosticsEverySteps: 2 }],
  ])('%s', async (_name, options) => {
    const whole = await train(SMALL_SPEC, options);
    for (const step of [1, STEPS - 1, STEPS, STEPS + 3]) {
      const resumed = await train(SMALL_SPEC, options, await checkpointAt(step, SMALL_SPEC, options));
      expect([step, largestDifference(resumed.weights, whole.weights)]).toEqual([step, 0]);
      expect(resumed.result).toEqual(whole.result);
      // The rates of the steps that were left, and what was measured in them.
      const told = ({ progress }: Trained) => progress.slice(-3).map(({ waitShare: _, ...rest }) => rest);
      expect(told(resumed)).toEqual(told(whole));
    }
  });
});

test('validation in the session equals an evaluation of the network', async () => {
  const network = buildNetwork(SMALL_SPEC, 1);
  const validation = barTests(4, 3, 16);
  const trainer = new Trainer({ objective: classificationObjective(network), training: bars(3, STEPS, 16), validation, epochs: 2, learningRate: 0.01 });
  const { history } = await trainer.train();
  const { loss, accuracy } = await evaluate(network, validation, 3);
  expect(history[1]!.metrics['validation/loss']).toBeCloseTo(loss, 6);
  expect(history[1]!.metrics['validation/accuracy']).toBeCloseTo(accuracy, 6);
  const [own, whole] = [await evaluateTrained(trainer, validation, 3), await evaluate(network, validation, 3)];
  expect(own).toEqual({ ...whole, loss: expect.closeTo(whole.loss, 6), calibrationError: expect.closeTo(whole.calibrationError, 6) });
  await expect(evaluateTrained(trainer, { batches: () => [] }, 3)).rejects.toThrow('received no example to evaluate on');
  trainer.dispose();
  network.dispose();
});

test('a regression learns by the gradient of the mean squared error, padding left out', async () => {
  const model = linearModel();
  const batch = { ...lineBatch(5, 8), count: 6 };
  const events: TrainingEvent[] = [];
  const trainer = new Trainer({
    objective: model.objective, training: { stepsPerEpoch: 1, batch: () => batch }, validation: { batches: () => [batch, batch] }, epochs: 1, optimizer: 'sgd', learningRate: 0.5,
    onEvent: (event) => void events.push(event),
  });
  const { history } = await trainer.train();
  const { loss, mae, gradient } = lineGradient([0.5, -0.25, 0.125], batch);
  const after = [0.5, -0.25, 0.125].map((weight, column) => weight - 0.5 * gradient[column]!);
  model.values().forEach((value, index) => expect(value).toBeCloseTo(after[index]!, 5));
  const then = lineGradient(after, batch);
  const { metrics } = history[0]!;
  expect(metrics).toEqual({ loss: expect.closeTo(loss, 5), mae: expect.closeTo(mae, 5), 'validation/loss': expect.closeTo(then.loss, 5), 'validation/mae': expect.closeTo(then.mae, 5) });
  expect(events[0]).toMatchObject({ metrics: { gradientNorm: expect.closeTo(Math.hypot(...gradient), 5), waitShare: expect.any(Number) } });
  trainer.dispose();
  model.dispose();
});
