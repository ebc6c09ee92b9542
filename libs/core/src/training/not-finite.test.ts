import { startEngine, tf } from '../engine';
import { buildNetwork } from '../network/build';
import type { Network } from '../network/network';
import { bars, barTests, SMALL_SPEC } from '../testing/data';
import { linearModel, lines } from '../testing/linear';
import type { BatchSource } from './batches';
import { classificationObjective } from './classification';
import type { DiagnosticEvent, TrainingEvent } from './events';
import type { ExampleBatch } from './objective';
import type { TrainerOptions } from './options';
import { Trainer } from './trainer';

beforeAll(() => {
  startEngine();
});

const STEPS = 6;
const networks: Network[] = [];
const trainers: Trainer[] = [];
afterEach(() => {
  trainers.splice(0).forEach((each) => each.dispose());
  networks.splice(0).forEach((each) => each.dispose());
});

const poison = (batch: ExampleBatch, value: number): ExampleBatch => {
  const x = batch.inputs.x!;
  return { ...batch, inputs: { ...batch.inputs, x: { ...x, data: x.data.map((each, index) => (index === 64 * 2 ? value : each)) } } };
};

/** Gives a bad batch the first `times` times that a step is reached, as memory that fails now and then would. */
function faulty(at: number, times: number): BatchSource {
  const sound = bars(3, STEPS, 16);
  let left = times;
  return {
    stepsPerEpoch: STEPS,
    async batch(epoch, step) {
      const batch = await sound.batch(epoch, step);
      if (epoch * STEPS + step !== at || left === 0) return batch;
      left -= 1;
      return poison(batch, NaN);
    },
  };
}

function prepare(options: Partial<TrainerOptions>) {
  const network = buildNetwork(SMALL_SPEC, 1);
  networks.push(network);
  const events: TrainingEvent[] = [];
  const trainer = new Trainer({
    objective: classificationObjective(network), training: bars(3, STEPS, 16), validation: barTests(4, 2, 16), epochs: 3, seed: 5, learningRate: 0.01, progressEveryMs: 0,
    ...options,
    onEvent: async (event) => {
      events.push(event);
      await options.onEvent?.(event);
    },
  });
  trainers.push(trainer);
  return { trainer, events, weights: () => [...network.exportWeights().values()].flatMap(({ data }) => [...data]) };
}

const diagnostics = (events: TrainingEvent[]): DiagnosticEvent[] => events.filter((event) => event.type === 'diagnostic');
const rates = (events: TrainingEvent[]) => events.flatMap((event) => (event.type === 'progress' ? [[event.step, event.metrics.learningRate]] : []));

test('goes back to the start, goes on with half the rate, and says so', async () => {
  const { trainer, events } = prepare({ training: faulty(8, 1) });
  const { outcome, step, history, diagnostic } = await trainer.train();
  expect({ outcome, step, epochs: history.length, diagnostic }).toEqual({ outcome: 'completed', step: 18, epochs: 3, diagnostic: undefined });
  expect(diagnostics(events)).toEqual([
    {
      type: 'diagnostic',
      verdict: 'not_finite',
      step: 9,
      evidence: 'the input x of example 2 of the batch is NaN at step 9 (gradient norm NaN)',
      remedy: 'went back to step 0; learning rate 0.005, gradients clipped to global norm 1 (retry 1 of 2)',
      applied: true,
    },
  ]);
  expect(rates(events)).toEqual([...[1, 2, 3, 4, 5, 6, 7, 8].map((at) => [at, 0.01]), ...Array.from({ length: 18 }, (_, index) => [index + 1, 0.005])]);
});

test('goes back to the start of a long epoch, and what follows equals a training with that rate and that clipping', async () => {
  const LONG = 200;
  // Plain SGD has no state: a training of the first epoch, then one of the second by the other settings.
  const run = async (options: Partial<TrainerOptions>, start?: number[]) => {
    const model = linearModel(start);
    const trainer = new Trainer({ objective: model.objective, training: lines(LONG, 4), epochs: 1, optimizer: 'sgd', learningRate: 0.001, ...options });
    await trainer.train();
    const values = model.values();
    trainer.dispose();
    model.dispose();
    return values;
  };
  const source = lines(LONG, 4);
  let faults = 1;
  const training: BatchSource = {
    stepsPerEpoch: LONG,
    async batch(epoch, step) {
      const batch = await source.batch(epoch, step);
      if (epoch !== 1 || step !== 3 || faults-- <= 0) return batch;
      return { ...batch, inputs: { ...batch.inputs, x: { ...batch.inputs.x!, data: batch.inputs.x!.data.map(() => Infinity) } } };
    },
  };
  const retried = await run({ training, epochs: 2, onNotFinite: { learningRateFactor: 0.25, clipGlobalNorm: 0.5 } });
  const second: BatchSource = { stepsPerEpoch: LONG, batch: (_epoch, step) => source.batch(1, step) };
  const expected = await run({ training: second, learningRate: 0.00025, clip: { globalNorm: 0.5 } }, await run({}));
  expect(retried).toEqual(expected);
});

test('goes back to a checkpoint where there is a later one', async () => {
  const { trainer, events } = prepare({ training: faulty(10, 1), checkpointEverySteps: 4 });
  expect(await trainer.train()).toMatchObject({ outcome: 'completed', step: 18 });
  expect(diagnostics(events)[0]!.remedy).toMatch(/^went back to step 8; /);
  expect(events.flatMap((event) => (event.type === 'checkpoint' ? [event.step] : []))).toEqual([4, 8, 12, 16]);
});

test('ends when the retries are used up, with the weights before the last failure', async () => {
  const { trainer, events } = prepare({ training: faulty(8, Infinity) });
  const result = await trainer.train();
  expect(result).toMatchObject({ outcome: 'notFinite', step: 8, diagnostic: { verdict: 'not_finite', step: 9, applied: false } });
  expect(diagnostics(events).map(({ applied, remedy }) => [applied, remedy.slice(0, 42)])).toEqual([
    [true, 'went back to step 0; learning rate 0.005, '],
    [true, 'went back to step 0; learning rate 0.0025,'],
    [false, 'train with a lower learning rate (it is 0.'],
  ]);
});

test.each([0, 1])('is exact on resume, bit for bit, with %d retries behind it', async (before) => {
  const at = 11 - before;
  const options = { checkpointEverySteps: 4 };
  const whole = prepare({ ...options, training: faulty(9, 1) });
  const expected = await whole.trainer.train();
  expect(diagnostics(whole.events)).toHaveLength(1);

  // Stopped before the fault at step 9 (at 8 steps: after a checkpoint; 9: between two), or after it was overcome.
  for (const stop of before === 0 ? [7, 8, 9] : [at, 13]) {
    const abort = new AbortController();
    let failed = false;
    const first = prepare({
      ...options,
      training: faulty(9, 1),
      onEvent: (event) => {
        failed ||= event.type === 'diagnostic';
        if (event.type === 'progress' && event.step === stop && failed === before > 0) abort.abort();
      },
    });
    expect(await first.trainer.train(abort.signal)).toMatchObject({ outcome: 'cancelled', step: stop });
    const second = prepare({ ...options, training: faulty(9, before === 0 ? 1 : 0) });
    second.trainer.resumeFrom(first.trainer.saveCheckpoint());
    expect(await second.trainer.train()).toEqual(expected);
    expect([stop, second.weights()]).toEqual([stop, whole.weights()]);
  }
});

test('a step that is diagnosed when it fails changes nothing either', async () => {
  const { trainer } = prepare({ training: faulty(3, 1), diagnosticsEverySteps: 1, onNotFinite: { action: 'stop' } });
  expect(await trainer.train()).toMatchObject({ outcome: 'notFinite', step: 3 });
});

describe('names the first tensor that is not finite', () => {
  const failing = async (options: Partial<TrainerOptions>): Promise<string> => {
    const { trainer } = prepare({ ...options, onNotFinite: { action: 'stop' } });
    return (await trainer.train()).diagnostic!.evidence;
  };

  test('the output of a layer', async () => {
    const network = buildNetwork({ ...SMALL_SPEC, normalization: undefined, layers: [{ kind: 'flatten' }, { kind: 'dense', units: 8, activation: 'linear' }] }, 1);
    networks.push(network);
    // Within float32's range, but not its products.
    const training: BatchSource = { stepsPerEpoch: 1, batch: async () => poison(await bars(3, 1, 16).batch(0, 0), 3e38) };
    network.weights[0]!.variable.assign(tf().fill(network.weights[0]!.variable.shape, 2));
    expect(await failing({ objective: classificationObjective(network), training })).toMatch(/^the output of layers\.1 is Infinity at step 1 /);
  });

  test('the gradient of a weight', async () => {
    const model = linearModel();
    const sqrt = { ...model.objective, compute: (given: Parameters<typeof model.objective.compute>[0]) => {
      // sqrt(0) is finite, its slope isn't.
      const { loss } = model.objective.compute(given);
      return { loss: loss.mul(0).sqrt().asScalar(), metrics: { mae: loss } };
    } };
    expect(await failing({ objective: sqrt, training: lines(2, 4), validation: undefined })).toMatch(/^the gradient of kernel is NaN at step 1 /);
    model.dispose();
  });
});
