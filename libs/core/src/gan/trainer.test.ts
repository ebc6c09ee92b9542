import { createHash } from 'node:crypto';
import { startEngine } from '../engine';
import { writeSafetensors } from '../safetensors/safetensors';
import { pointBatches, points, POINT_SPEC } from '../testing/gan';
import { toHost } from '../tensor/convert';
import type { TrainingEvent } from '../training/events';
import type { ExampleBatch } from '../training/objective';
import { buildGan } from './build';
import { plainFeatures } from './quality/features';
import { Quality } from './quality/measure';
import { resolveGanSettings } from './settings';
import type { GanSpec } from './spec';
import { GanTrainer, type GanTrainerOptions } from './trainer';

beforeAll(() => {
  startEngine();
});

const trained: { dispose(): void }[] = [];
afterEach(() => trained.splice(0).forEach((each) => each.dispose()));

const heldOut = points(91, 200);
const seen = points(92, 200);

function trainerOf(spec: Partial<GanSpec> = {}, options: Partial<GanTrainerOptions> = {}) {
  const gan = buildGan({ ...POINT_SPEC, ...spec }, 1);
  const quality = new Quality(plainFeatures(gan.spec), { heldOut: heldOut.inputs.x!, seen: seen.inputs.x!, searched: seen.inputs.x! });
  const trainer = new GanTrainer({
    gan, training: pointBatches(7, 5), seed: 3, epochs: 4, seen, heldOut, roundSteps: 5, pictures: 4, progressEveryMs: 0,
    quality: { count: 200, measure: (generated) => quality.measure(generated) },
    ...options,
  });
  trained.push(trainer, gan);
  const digest = (): string => createHash('sha256').update(writeSafetensors(new Map(gan.weights.map(({ name, variable }) => [name, toHost(variable)])))).digest('hex');
  return { gan, trainer, quality, digest };
}

describe.each<[string, Partial<GanSpec>, Partial<GanTrainerOptions>]>([
  ['unconditional', { minibatchDeviation: true }, {}],
  ['conditional, with a critic', { mode: 'conditional', classes: 2, loss: 'wasserstein' }, { discriminatorUpdates: 2 }],
  ['semi-supervised', { mode: 'semiSupervised', classes: 2, spectralNormalization: true }, { labelled: pointBatches(8, 2, 8), schedule: 'warmupCosine' }],
])('%s', (_, spec, options) => {
  test('a resumed training equals an uninterrupted one, bit for bit', async () => {
    const whole = trainerOf(spec, options);
    const { history } = await whole.trainer.train();
    for (const step of [5, 13]) {
      const abort = new AbortController();
      const first = trainerOf(spec, { ...options, onEvent: (event: TrainingEvent) => void (event.type === 'progress' && event.step === step && abort.abort()) });
      expect(await first.trainer.train(abort.signal)).toMatchObject({ outcome: 'cancelled', step });
      const second = trainerOf(spec, options);
      second.trainer.resumeFrom(first.trainer.saveCheckpoint());
      const result = await second.trainer.train();
      expect([step, second.digest()]).toEqual([step, whole.digest()]);
      expect(result.history).toEqual(history);
      expect([...second.trainer.pictures].map(([round, { data }]) => [round, [...data]])).toEqual([...whole.trainer.pictures].map(([round, { data }]) => [round, [...data]]));
    }
  });
});

test('learns two clouds of points', async () => {
  const history: TrainingEvent[] = [];
  const { trainer, quality } = trainerOf({ architecture: { kind: 'dense', units: [32, 32] } }, { training: pointBatches(7, 100, 64), epochs: 8, roundSteps: 100, emaDecay: 0.98, onEvent: (event) => void history.push(event) });
  const { outcome } = await trainer.train();
  expect(outcome).toBe('completed');
  const made = trainer.generate(200, 5);
  const left = made.data.filter((value, at) => at % 2 === 0 && value < -1).length;
  const right = made.data.filter((value, at) => at % 2 === 0 && value > 1).length;
  expect(Math.min(left, right)).toBeGreaterThan(40);
  expect(quality.measure(made).distance).toBeLessThan(0.3);
  const rounds = history.filter((event) => event.type === 'epochEnd');
  expect(rounds).toHaveLength(8);
  expect(rounds[0]!.metrics).toMatchObject({ 'loss/discriminator': expect.any(Number), 'accuracy/fake': expect.any(Number), coverage: expect.any(Number) });
  expect([...trainer.pictures.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a semi-supervised training keeps its last round, and goes on to its end', async () => {
  let round = 0;
  const { trainer } = trainerOf({ mode: 'semiSupervised', classes: 2 }, {
    labelled: pointBatches(8, 2, 8),
    epochs: 14,
    balance: { patience: 2 },
    quality: { count: 20, measure: () => ({ distance: (round += 1), diversity: 0.1, metrics: {} }) },
  });
  expect(await trainer.train()).toMatchObject({ outcome: 'completed', step: 70, restoredEpoch: 14 });
});

test('stops when the distance no longer falls, and keeps the best round', async () => {
  let round = 0;
  const { trainer, digest } = trainerOf({}, {
    epochs: 20,
    balance: { patience: 3, act: false },
    quality: { count: 20, measure: () => ({ distance: [5, 4, 3, 6, 6, 6, 6][round++] ?? 6, diversity: 1, metrics: {} }) },
  });
  expect(await trainer.train()).toMatchObject({ outcome: 'stoppedEarly', step: 30, restoredEpoch: 3 });
  const best = trainerOf({}, { epochs: 20, balance: { patience: 1, act: false }, quality: { count: 20, measure: () => ({ distance: best.trainer.step < 15 ? 1 / best.trainer.step : best.trainer.step === 15 ? 0.01 : 1, diversity: 1, metrics: {} }) } });
  await best.trainer.train();
  expect(digest()).toBe(best.digest());
});

test('what is not finite changes nothing, and ends the training when it stays so', async () => {
  const events: TrainingEvent[] = [];
  const bad: ExampleBatch = { inputs: { x: { dtype: 'float32', shape: [32, 2], data: new Float32Array(64).fill(NaN) } }, count: 32 };
  const { trainer } = trainerOf({}, { training: { stepsPerEpoch: 5, batch: () => bad }, onEvent: (event) => void events.push(event) });
  const result = await trainer.train();
  expect(result).toMatchObject({ outcome: 'notFinite', diagnostic: { evidence: 'the discriminator\'s loss is NaN, its gradient norm NaN, step 3' } });
  expect(events.filter((event) => event.type === 'diagnostic').map(({ applied }) => applied)).toEqual([true, true, false]);
});

test("fills the defaults in by what is trained", () => {
  const resolved = (spec: Partial<GanSpec>) => resolveGanSettings({ ...POINT_SPEC, ...spec }, { epochs: 1 });
  const image: Partial<GanSpec> = { exampleShape: [8, 8, 1], architecture: { kind: 'convolutional', filters: [4] } };
  expect(resolved({})).toMatchObject({ r1: 1, r1Final: 0.015, discriminatorLearningRate: 0.001, schedule: 'constant', balance: { act: true } });
  expect(resolved(image)).toMatchObject({ r1: 1, r1Final: 1, discriminatorLearningRate: 0.0002, pseudoLabels: 0 });
  expect(resolved({ ...image, mode: 'semiSupervised' })).toMatchObject({ r1: 0, generatorLearningRate: 0.001, schedule: 'warmupCosine', pseudoLabels: 1, balance: { act: false } });
});

test('names settings out of their range, and batches that do not fit', async () => {
  expect(() => trainerOf({}, { epochs: 0, emaDecay: 1, discriminatorUpdates: 2, generatorUpdates: 2 })).toThrow(
    'epochs: received 0, expected a whole number from 1 to 10000; emaDecay: received 1, expected a number from 0 to 0.99999; generatorUpdates: received 2 for 2 of the discriminator, expected one of them to be 1',
  );
  expect(() => trainerOf({}, { training: { stepsPerEpoch: 0, batch: () => seen } })).toThrow('received 0 whole batches an epoch, expected at least 1; use a smaller batch, or more data');
  const { trainer } = trainerOf({}, { training: { stepsPerEpoch: 1, batch: () => ({ ...seen, count: 3 }) } });
  await expect(trainer.train()).rejects.toThrow('received a batch of shape [200, 2] of which 3 count, expected [batch, 2], all counting');
});
