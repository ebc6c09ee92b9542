import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { startEngine, tensorCounts } from '../engine';
import { buildNetwork } from '../network/build';
import type { Network } from '../network/network';
import type { NetworkSpec } from '../network/spec';
import { writeSafetensors } from '../safetensors/safetensors';
import type { TensorData } from '../tensor/host-tensor';
import { bars, barTests, SMALL_SPEC } from '../testing/data';
import type { BatchSource } from './batches';
import { classificationObjective } from './classification';
import type { TrainingEvent, TrainingResult } from './events';
import type { ExampleBatch } from './objective';
import type { OptimizerKind, TrainerOptions } from './options';
import { Trainer } from './trainer';

const STEPS = 6;

beforeAll(() => {
  startEngine();
});

const networks: Network[] = [];
const trainers: Trainer[] = [];
const network = (spec: NetworkSpec = SMALL_SPEC, seed = 1): Network => {
  networks.push(buildNetwork(spec, seed));
  return networks.at(-1)!;
};
const trainer = ({ network: learner, ...options }: Partial<TrainerOptions> & { network: Network }): Trainer => {
  trainers.push(
    new Trainer({ objective: classificationObjective(learner), training: bars(3, STEPS, 16), validation: barTests(4, 2, 16), epochs: 3, seed: 5, learningRate: 0.01, schedule: 'warmupCosine', progressEveryMs: 0, ...options }),
  );
  return trainers.at(-1)!;
};
afterEach(() => {
  trainers.splice(0).forEach((each) => each.dispose());
  networks.splice(0).forEach((each) => each.dispose());
});

const digest = (of: Network): string => createHash('sha256').update(writeSafetensors(of.exportWeights())).digest('hex');

/** Trains until `step` steps are done, as a process that is asked to stop would. */
async function trainUntil(step: number, options: Partial<TrainerOptions> = {}): Promise<Uint8Array> {
  const abort = new AbortController();
  const onEvent = (event: TrainingEvent): void => {
    if (event.type === 'progress' && event.step === step) abort.abort();
  };
  const interrupted = trainer({ ...options, network: network(), onEvent });
  expect(await interrupted.train(abort.signal)).toMatchObject({ outcome: 'cancelled', step });
  return interrupted.saveCheckpoint();
}

async function resume(checkpoint: Uint8Array, options: Partial<TrainerOptions> = {}): Promise<{ result: TrainingResult; weights: string }> {
  // Other initial weights: all must come from the checkpoint.
  const fresh = network(SMALL_SPEC, 99);
  const resumed = trainer({ ...options, network: fresh });
  resumed.resumeFrom(checkpoint);
  const result = await resumed.train();
  return { result, weights: digest(fresh) };
}

async function uninterrupted(options: Partial<TrainerOptions> = {}): Promise<{ result: TrainingResult; weights: string }> {
  const whole = network();
  const result = await trainer({ ...options, network: whole }).train();
  return { result, weights: digest(whole) };
}

const withX = (batch: ExampleBatch, data: TensorData): ExampleBatch => ({ ...batch, inputs: { ...batch.inputs, x: { ...batch.inputs.x!, data } } });

test('learns, and reports each epoch', async () => {
  const events: TrainingEvent[] = [];
  const learner = network();
  const { outcome, step, history } = await trainer({ network: learner, epochs: 10, onEvent: (event) => void events.push(event) }).train();
  expect({ outcome, step }).toEqual({ outcome: 'completed', step: 60 });
  expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(history.at(-1)!.metrics['validation/accuracy']).toBeGreaterThan(0.9);
  expect(history.at(-1)!.metrics.loss).toBeLessThan(history[0]!.metrics.loss! / 3);
  const progress = events.filter((event) => event.type === 'progress');
  expect(progress.map((event) => event.step)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  expect(progress.at(-1)).toMatchObject({ step: 60, totalSteps: 60, epoch: 10, totalEpochs: 10, metrics: { gradientNorm: expect.any(Number) } });
  expect(progress.at(-1)!.examplesPerSecond).toBeGreaterThan(0);
  expect(events.filter((event) => event.type === 'epochEnd')).toHaveLength(10);
});

describe('resume is exact, bit for bit', () => {
  const optimizers: OptimizerKind[] = ['adam', 'adamw', 'sgd', 'nesterov', 'rmsprop'];
  test.each(optimizers)('%s, stopped in the middle of an epoch, at its end, and after one step', async (optimizer) => {
    const options: Partial<TrainerOptions> = { optimizer, clip: { globalNorm: 1 }, weightDecay: 0.01 };
    const whole = await uninterrupted(options);
    for (const step of [1, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS + 3]) {
      const resumed = await resume(await trainUntil(step, options), options);
      expect([step, resumed.weights]).toEqual([step, whole.weights]);
      expect(resumed.result.history).toEqual(whole.result.history);
    }
  });

  test('from a checkpoint that the training itself made, and through two interruptions', async () => {
    const checkpoints = new Map<number, Uint8Array>();
    const onEvent = (event: TrainingEvent): void => {
      if (event.type === 'checkpoint') checkpoints.set(event.step, event.bytes);
    };
    const whole = await uninterrupted({ checkpointEverySteps: 4, onEvent });
    expect([...checkpoints.keys()]).toEqual([4, 8, 12, 16]);
    for (const bytes of checkpoints.values()) expect((await resume(bytes)).weights).toBe(whole.weights);

    const abort = new AbortController();
    const second = trainer({ network: network(), onEvent: (event) => void (event.type === 'progress' && event.step === 9 && abort.abort()) });
    second.resumeFrom(await trainUntil(5));
    await second.train(abort.signal);
    expect((await resume(second.saveCheckpoint())).weights).toBe(whole.weights);
  });

  test('when the interruption came between the last step of an epoch and the end of its validation', async () => {
    const whole = await uninterrupted();
    const abort = new AbortController();
    const validation = {
      *batches() {
        const batches = [...(barTests(4, 2, 16).batches() as Iterable<ExampleBatch>)];
        yield batches[0]!;
        abort.abort();
        yield batches[1]!;
      },
    };
    const interrupted = trainer({ network: network(), validation });
    expect(await interrupted.train(abort.signal)).toMatchObject({ outcome: 'cancelled', step: STEPS, history: [] });
    const resumed = await resume(interrupted.saveCheckpoint());
    expect(resumed).toEqual(whole);
  });
});

test('two runs with one seed are equal, with another they differ', async () => {
  const first = await uninterrupted();
  expect(await uninterrupted()).toEqual(first);
  expect((await uninterrupted({ seed: 6 })).weights).not.toBe(first.weights);
});

test('padding weighs nothing', async () => {
  // Without batch normalization, whose statistics would see the padding.
  const spec = { ...SMALL_SPEC, layers: [{ kind: 'flatten' }, { kind: 'dense', units: 8 }] } as NetworkSpec;
  const losses = await Promise.all(
    [0, 5].map(async (padding) => (await trainer({ network: network(spec), training: bars(3, STEPS, 16, padding) }).train()).history.map(({ metrics }) => metrics.loss!)),
  );
  losses[0]!.forEach((loss, epoch) => expect(losses[1]![epoch]).toBeCloseTo(loss, 5));
});

describe('early stopping', () => {
  test('stops after `patience` epochs without a better validation loss and restores the best weights', async () => {
    const kept = new Map<number, string>();
    const learner = network();
    const each = trainer({
      network: learner, epochs: 50, learningRate: 0.3, schedule: 'constant', earlyStopping: { patience: 2 },
      onEvent: (event) => {
        if (event.type !== 'epochEnd') return;
        each.saveCheckpoint(); // Brings the weights up to date.
        kept.set(event.epoch, digest(learner));
      },
    });
    const { outcome, history, restoredEpoch } = await each.train();
    expect(outcome).toBe('stoppedEarly');
    const best = Math.min(...history.map(({ metrics }) => metrics['validation/loss']!));
    expect(history[restoredEpoch! - 1]).toMatchObject({ best: true, metrics: { 'validation/loss': best } });
    expect(history).toHaveLength(restoredEpoch! + 2);
    expect(digest(learner)).toBe(kept.get(restoredEpoch!));
    expect(digest(learner)).not.toBe(kept.get(history.length));
  });

  test('is exact on resume too, best weights included', async () => {
    const options: Partial<TrainerOptions> = { epochs: 50, learningRate: 0.3, schedule: 'constant', earlyStopping: { patience: 2 } };
    const whole = await uninterrupted(options);
    const before = whole.result.restoredEpoch! * STEPS + 2;
    expect(await resume(await trainUntil(before, options), options)).toEqual(whole);
  });
});

describe('what is not finite', () => {
  const poisoned = (at: number): BatchSource => ({
    stepsPerEpoch: STEPS,
    batch: async (epoch, step) => {
      const batch = await bars(3, STEPS, 16).batch(epoch, step);
      return epoch * STEPS + step === at ? withX(batch, batch.inputs.x!.data.map((value, index) => (index === 64 * 5 + 3 ? NaN : value))) : batch;
    },
  });

  test('stops the training, names the tensor and leaves the weights as they were', async () => {
    const spec: NetworkSpec = { ...SMALL_SPEC, layers: [{ kind: 'flatten' }, { kind: 'dense', units: 8, activation: 'tanh' }, { kind: 'batchNormalization' }] };
    const sound = network(spec);
    const abort = new AbortController();
    await trainer({ network: sound, onEvent: (event) => void (event.type === 'progress' && event.step === 8 && abort.abort()) }).train(abort.signal);

    const learner = network(spec);
    const events: TrainingEvent[] = [];
    const onEvent = (event: TrainingEvent): void => void events.push(event);
    const result = await trainer({ network: learner, training: poisoned(8), onNotFinite: { action: 'stop' }, onEvent }).train();
    expect(result).toMatchObject({ outcome: 'notFinite', step: 8, diagnostic: { verdict: 'not_finite', step: 9, applied: false } });
    expect(result.diagnostic!.evidence).toMatch(/^the input x of example 5 of the batch is NaN at step 9/);
    expect(result.diagnostic!.remedy).toContain('lower learning rate (it is 0.01)');
    expect(events.at(-1)).toEqual(result.diagnostic);
    expect(digest(learner)).toBe(digest(sound));
  });

  test('a learning rate far too high is found, whichever tensor overflows first', async () => {
    const spec: NetworkSpec = { ...SMALL_SPEC, layers: [{ kind: 'flatten' }, { kind: 'dense', units: 8, activation: 'linear' }] };
    const result = await trainer({ network: network(spec), optimizer: 'sgd', learningRate: 1000, schedule: 'constant', epochs: 100, onNotFinite: { action: 'stop' } }).train();
    expect(result.outcome).toBe('notFinite');
    expect(result.diagnostic!.evidence).toMatch(/^the (output of (layers\.1|logits)|loss|gradient of (layers\.1|logits)\.(kernel|bias)|gradient norm) is (NaN|-?Infinity) at step \d+/);
  });
});

describe('refuses', () => {
  test('a checkpoint of a training with other settings, naming them', async () => {
    const bytes = await trainUntil(2);
    const other = trainer({ network: network(), learningRate: 0.02, epochs: 4 });
    expect(() => other.resumeFrom(bytes)).toThrow(
      expect.objectContaining({ reason: 'WRONG_STATE', message: expect.stringContaining('epochs was 3, is 4; learningRate was 0.01, is 0.02') }),
    );
  });

  test('a truncated checkpoint', async () => {
    const bytes = await trainUntil(2);
    expect(() => trainer({ network: network() }).resumeFrom(bytes.subarray(0, bytes.length - 9))).toThrow(expect.objectContaining({ reason: 'CORRUPT_DATA' }));
  });

  test.each([
    ['a label that the network lacks', ({ inputs, count }: ExampleBatch) => ({ count, inputs: { ...inputs, y: { ...inputs.y!, data: inputs.y!.data.map(() => 3) } } }), 'received class 3 in a batch, expected 0 to 2'],
    ['a batch of another shape', ({ inputs, count }: ExampleBatch) => ({ count, inputs: { ...inputs, x: { ...inputs.x!, shape: [16, 4, 16, 1] } } }), 'input x: received shape [16, 4, 16, 1] with 1024 numbers, in a batch of 16 of which 16 count, expected [-1, 8, 8, 1]'],
    ['too few numbers', (batch: ExampleBatch) => withX(batch, batch.inputs.x!.data.subarray(1)), 'with 1023 numbers, in a batch of 16'],
    ['an input that is missing', ({ inputs, count }: ExampleBatch) => ({ count, inputs: { x: inputs.x! } }), 'received a batch of x, expected an input y'],
    ['inputs of unequal size', ({ inputs, count }: ExampleBatch) => ({ count, inputs: { ...inputs, y: { ...inputs.y!, shape: [15], data: inputs.y!.data.subarray(1) } } }), 'input y: received shape [15] with 15 numbers, in a batch of 16'],
  ])('%s', async (_name, spoil, message) => {
    const source = bars(3, STEPS, 16);
    const training: BatchSource = { stepsPerEpoch: STEPS, batch: async (epoch, step) => spoil(await source.batch(epoch, step)) };
    await expect(trainer({ network: network(), training }).train()).rejects.toThrow(message);
  });
});

test('other work of the thread runs between steps, and an aborted signal ends the training at once', async () => {
  let turns = 0;
  let running = true;
  const spin = (async () => {
    while (running) {
      turns += 1;
      await setImmediate();
    }
  })();
  await uninterrupted();
  running = false;
  await spin;
  expect(turns).toBeGreaterThanOrEqual(3 * STEPS);
  expect(await trainer({ network: network() }).train(AbortSignal.abort())).toMatchObject({ outcome: 'cancelled', step: 0 });
});

test('an error of the listener ends the training and reaches the caller', async () => {
  const onEvent = (): never => {
    throw new Error('lease lost');
  };
  await expect(trainer({ network: network(), onEvent }).train()).rejects.toThrow('lease lost');
});

test('a training holds a constant number of tensors and frees its own', async () => {
  const before = tensorCounts();
  const learner = buildNetwork(SMALL_SPEC, 1);
  const counts: ReturnType<typeof tensorCounts>[] = [];
  const each = new Trainer({ objective: classificationObjective(learner), training: bars(3, STEPS, 16), epochs: 2, progressEveryMs: 0, onEvent: () => void counts.push(tensorCounts()) });
  await each.train();
  expect(new Set(counts.map(({ api }) => api)).size).toBe(1);
  // Values brought back from the session stay in JavaScript's memory until an operation wants them, so that this may fall.
  expect(counts.map(({ native }) => native)).toEqual(counts.map(({ native }) => native).sort((a, b) => b - a));
  each.dispose();
  learner.dispose();
  expect(tensorCounts()).toEqual(before);
});
