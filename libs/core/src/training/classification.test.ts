import { scoped, startEngine, tf, type Tensor } from '../engine';
import { mixup } from '../layers/mixup';
import { softmaxCrossEntropyWithTargets } from '../losses/softmax-cross-entropy';
import { buildNetwork } from '../network/build';
import { bars, barTests, SMALL_SPEC } from '../testing/data';
import { golden, largestDifference } from '../testing/golden';
import { balancedWeights, classificationObjective, type ClassificationOptions } from './classification';
import { Trainer } from './trainer';

interface Weighted {
  logits: number[];
  labels: number[];
  weights: number[];
  smoothing: number;
  loss: number[];
  gradient: number[];
}

beforeAll(() => {
  startEngine();
});

/** The targets of the loss, as the objective makes them. */
const targetsOf = ({ labels, weights, smoothing }: Weighted): Tensor =>
  tf().oneHot(tf().tensor1d(labels, 'int32'), weights.length).cast('float32').mul(1 - smoothing).add(smoothing / weights.length).mul(tf().tensor1d(weights));

test("cross entropy with class weights and label smoothing has SciPy's values and gradients", () => {
  const expected = golden<{ weighted: Weighted }>('cnn-targets.json').weighted;
  scoped(() => {
    const logits = tf().tensor2d(expected.logits, [6, 4]);
    const loss = (at: Tensor): Tensor => softmaxCrossEntropyWithTargets(at, targetsOf(expected));
    expect(largestDifference(loss(logits).dataSync(), expected.loss)).toBeLessThan(1e-6);
    expect(largestDifference(tf().grad((at: Tensor) => loss(at).sum())(logits).dataSync(), expected.gradient)).toBeLessThan(1e-5);
  });
});

describe('mixup', () => {
  const [BATCH, COUNT] = [8, 6];
  const run = (step: number, alpha = 1): { x: number[]; targets: number[] } =>
    scoped(() => {
      const x = tf().range(0, BATCH).reshape([BATCH, 1, 1, 1]);
      const exampleWeights = tf().tensor1d(Array.from({ length: BATCH }, (_, row) => (row < COUNT ? 1 / COUNT : 0)));
      const mixed = mixup({ x, targets: tf().eye(BATCH), exampleWeights }, alpha, 5, tf().scalar(step, 'int32'));
      return { x: [...mixed.x.dataSync()], targets: [...mixed.targets.dataSync()] };
    });

  test('takes at least half of the example itself, the rest of the mirrored one, and as much of its target', () => {
    const { x, targets } = run(3);
    for (let row = 0; row < BATCH; row += 1) {
      const own = targets[row * BATCH + row]!;
      const other = BATCH - 1 - row;
      expect(own).toBeGreaterThanOrEqual(0.5);
      expect(targets[row * BATCH + other]).toBeCloseTo(1 - own, 6);
      expect(x[row]).toBeCloseTo(own * row + (1 - own) * other, 5);
    }
    // Partners 6 and 7 are padding.
    expect([targets[0], targets[BATCH + 1]]).toEqual([1, 1]);
    expect(targets[2 * BATCH + 2]).toBeLessThan(1);
  });

  test('depends on the step, and repeats for one; a small alpha mixes little and stays finite', () => {
    expect(run(3)).toEqual(run(3));
    expect(run(4)).not.toEqual(run(3));
    for (let step = 0; step < 50; step += 1) expect(run(step, 0.02).x.every((value) => Number.isFinite(value))).toBe(true);
  });
});

test('balanced weights make every class count alike; one without examples counts nothing', () => {
  expect(balancedWeights([10, 30, 0])).toEqual([40 / 30, 40 / 90, 0]);
});

test.each<[string, ClassificationOptions, string]>([
  ['two weights of three', { classWeights: [1, 2] }, 'classWeights: received 1, 2, expected 3 numbers of at least 0, one a class'],
  ['a negative weight', { classWeights: [1, -1, 1] }, 'classWeights: received 1, -1, 1'],
  ['all smoothed away', { labelSmoothing: 1 }, 'labelSmoothing: received 1, expected a number from 0 to below 1'],
  ['a negative alpha', { mixup: -0.1 }, 'mixup: received -0.1, expected a number from 0 to 10'],
])('refuses %s', (_name, options, message) => {
  const network = buildNetwork(SMALL_SPEC, 1);
  expect(() => classificationObjective(network, options)).toThrow(message);
  network.dispose();
});

/** Trains with all of it on. @returns the weights, and the losses of the epochs */
async function train(options: ClassificationOptions, { eager = false, cancelAt = 0 } = {}): Promise<{ weights: number[]; losses: number[]; validation: number }> {
  const make = () => {
    const network = buildNetwork(SMALL_SPEC, 2);
    const losses: number[] = [];
    const trainer = new Trainer({
      objective: classificationObjective(network, options),
      training: bars(4, 5, 16, 3),
      validation: barTests(9, 2, 16),
      epochs: 4,
      seed: 6,
      eager,
      onEvent: (event) => void (event.type === 'epochEnd' && losses.push(event.metrics.loss!)),
    });
    return { network, trainer, losses };
  };
  let { network, trainer, losses } = make();
  if (cancelAt > 0) {
    const abort = new AbortController();
    const timer = setInterval(() => trainer.step >= cancelAt && abort.abort(), 0);
    await trainer.train(abort.signal);
    clearInterval(timer);
    const checkpoint = trainer.saveCheckpoint();
    trainer.dispose();
    network.dispose();
    ({ network, trainer, losses } = make());
    trainer.resumeFrom(checkpoint);
  }
  const { history } = await trainer.train();
  const weights = [...network.exportWeights().values()].flatMap(({ data }) => [...data]);
  trainer.dispose();
  network.dispose();
  return { weights, losses, validation: history.at(-1)!.metrics['validation/loss']! };
}

const ALL: ClassificationOptions = { classWeights: [1, 2, 0.5], labelSmoothing: 0.1, mixup: 0.4 };

test('captured equals eager, with weights, smoothing and mixup', async () => {
  const [captured, eager] = [await train(ALL), await train(ALL, { eager: true })];
  expect(largestDifference(captured.losses, eager.losses)).toBeLessThan(1e-4);
});

test('a resumed training equals an uninterrupted one, bit for bit', async () => {
  const [whole, resumed] = [await train(ALL), await train(ALL, { cancelAt: 7 })];
  expect(resumed.weights).toEqual(whole.weights);
});

test('options without effect change nothing, others do', async () => {
  const plain = await train({});
  expect((await train({ labelSmoothing: 0, mixup: 0 })).weights).toEqual(plain.weights);
  expect(largestDifference((await train({ classWeights: [1, 1, 1] })).losses, plain.losses)).toBeLessThan(1e-4);
  expect((await train({ labelSmoothing: 0.1 })).weights).not.toEqual(plain.weights);
});
