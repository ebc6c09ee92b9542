import { scoped, startEngine, tf } from '../engine';
import { toHost } from '../tensor/convert';
import { Trainer } from '../training/trainer';
import { bars } from '../testing/data';
import { buildAutoencoder } from './build';
import { autoencoderObjective } from './objective';
import { AutoencoderRunner } from './runner';
import type { AutoencoderSpec } from './spec';
import { watchAutoencoder } from './watch';

const SPEC: AutoencoderSpec = {
  inputShape: [8, 8, 1],
  architecture: { kind: 'dense', units: [32] },
  latentSize: 4,
  likelihood: 'gaussian',
  deviation: 0.2,
  dropout: 0,
  sparsity: 0,
};
const VARIATIONAL = { beta: 1, warmUpSteps: 0, freeBits: 0 };

beforeAll(() => {
  startEngine();
});

/** Loss and metrics of a batch with 6 examples that count of 8, and what the model made of it. */
function measure(spec: AutoencoderSpec, step?: number) {
  const model = buildAutoencoder(spec, 3);
  const x = Float32Array.from({ length: 8 * 64 }, (_, at) => ((at * 37) % 101) / 100);
  const measured = scoped(() => {
    const random = step === undefined ? undefined : { seed: 0, step: tf().scalar(step, 'int32') };
    const images = tf().tensor(x, [8, ...spec.inputShape]);
    const exampleWeights = tf().tensor1d([...new Array<number>(6).fill(1 / 6), 0, 0]);
    const { loss, metrics } = autoencoderObjective(model).compute({ inputs: { x: images }, exampleWeights, context: { training: random !== undefined, random } });
    const { latent, logVariance } = model.encode(images);
    const numbers = Object.fromEntries(Object.entries(metrics!).map(([name, value]) => [name, value.dataSync()[0]!]));
    return { loss: loss.dataSync()[0]!, ...numbers, latent: toHost(latent).data, logVariance: logVariance && toHost(logVariance).data, logits: toHost(model.decode(latent)).data } as {
      loss: number; mse: number; kl: number; reconstruction: number; latent: Float32Array; logVariance: Float32Array; logits: Float32Array;
    };
  });
  model.dispose();
  return { ...measured, x };
}

const counted = 6 * 64;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test('without a distribution the loss is the squared error, or the cross entropy, of what counts', () => {
  const { loss, mse, logits, x } = measure(SPEC);
  const squares = [...logits.subarray(0, counted)].map((logit, at) => (sigmoid(logit) - x[at]!) ** 2);
  expect(loss).toBeCloseTo(mean(squares), 5);
  expect(mse).toBe(loss);
  const bernoulli = measure({ ...SPEC, likelihood: 'bernoulli' });
  const entropies = [...bernoulli.logits.subarray(0, counted)].map((logit, at) => -x[at]! * Math.log(sigmoid(logit)) - (1 - x[at]!) * Math.log(1 - sigmoid(logit)));
  expect(bernoulli.loss).toBeCloseTo(mean(entropies), 5);
  const sparse = measure({ ...SPEC, sparsity: 0.5 });
  expect(sparse.loss - sparse.mse).toBeCloseTo(0.5 * mean([...sparse.latent.subarray(0, 6 * 4)].map(Math.abs)), 5);
});

test('a variational one is measured in nats: reconstruction, divergence, and both as beta weighs them', () => {
  const { loss, kl, reconstruction, mse, latent, logVariance } = measure({ ...SPEC, variational: { ...VARIATIONAL, beta: 3 } });
  const divergence = [...latent.subarray(0, 24)].reduce((sum, mu, at) => sum + (mu ** 2 + Math.exp(logVariance[at]!) - 1 - logVariance[at]!) / 2, 0) / 6;
  expect(kl).toBeCloseTo(divergence, 4);
  expect(reconstruction).toBeCloseTo((64 * mse) / (2 * 0.2 ** 2) + 64 * Math.log(0.2 * Math.sqrt(2 * Math.PI)), 3);
  expect(loss).toBeCloseTo(reconstruction + 3 * kl, 3);
});

test('the weight of the divergence grows in training, and what is free costs nothing more', () => {
  const warm = measure({ ...SPEC, variational: { ...VARIATIONAL, warmUpSteps: 10 } }, 4);
  expect(warm.loss - warm.reconstruction).toBeCloseTo(0.5 * warm.kl, 4);
  const after = measure({ ...SPEC, variational: { ...VARIATIONAL, warmUpSteps: 10 } }, 400);
  expect(after.loss - after.reconstruction).toBeCloseTo(after.kl, 4);
  const free = measure({ ...SPEC, variational: { ...VARIATIONAL, freeBits: 50 } });
  expect(free.loss - free.reconstruction).toBeCloseTo(4 * 50, 2);
});

test.each<AutoencoderSpec>([
  { ...SPEC, inputShape: [7, 10, 2], architecture: { kind: 'convolutional', filters: [3, 5], kernelSize: 4, units: 6 } },
  { ...SPEC, inputShape: [5, 5, 3], architecture: { kind: 'convolutional', filters: [4], kernelSize: 3, units: 0 } },
  { ...SPEC, inputShape: [1, 1, 1], architecture: { kind: 'dense', units: [2, 2] } },
])('gives images of their own shape back: %#', (spec) => {
  const model = buildAutoencoder(spec, 1);
  const shapes = scoped(() => {
    const { latent } = model.encode(tf().zeros([3, ...spec.inputShape]));
    return [latent.shape, model.decode(latent).shape];
  });
  expect(shapes).toEqual([[3, 4], [3, ...spec.inputShape]]);
  model.dispose();
});

/** Trains on bars and watches. */
async function trained(spec: AutoencoderSpec, epochs = 8) {
  const model = buildAutoencoder(spec, 3);
  const training = bars(1, 40, 32);
  const { history } = await new Trainer({ objective: autoencoderObjective(model), training, epochs, learningRate: 0.003, seed: 4 }).train();
  const images = async (step: number) => (await training.batch(100, step)).inputs.x!.data as Float32Array;
  const [seen, unseen] = [await Promise.all([1, 2, 3, 4].map(images)), await Promise.all([5, 6, 7, 8].map(images))];
  const join = (parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));
  const runner = new AutoencoderRunner(model);
  const report = watchAutoencoder({ spec, training: join(seen), unseen: join(unseen), reconstruct: (x) => runner.run(x), seed: 1 });
  runner.dispose();
  model.dispose();
  return { history, report };
}

test('one that compresses has nothing to be told, and a denoising one still less', async () => {
  const { history, report } = await trained(SPEC);
  expect(history.at(-1)!.metrics.mse).toBeLessThan(history[0]!.metrics.mse! / 1.2);
  expect(report.finding).toBeUndefined();
  expect(report.metrics.mse).toBeLessThan(report.metrics.meanMse);
  const denoising = await trained({ ...SPEC, corruption: { kind: 'gaussian', level: 0.3, minLevel: 0.1 } });
  expect(denoising.report.finding).toBeUndefined();
});

test('an overcomplete network is told that it copies its input', async () => {
  const { report } = await trained({ ...SPEC, latentSize: 128, architecture: { kind: 'dense', units: [256] } }, 25);
  expect(report.finding).toMatchObject({ verdict: 'copies_its_input', evidence: expect.stringMatching(/gives back \d+\.\d % of the variance of noise/), remedy: expect.stringContaining('a smaller latent (it is 128 for 64 numbers)') });
});

test('a variational one whose decoder ignores the latent is told of posterior collapse', async () => {
  const { report } = await trained({ ...SPEC, variational: { ...VARIATIONAL, beta: 500 } });
  expect(report.finding).toMatchObject({ verdict: 'posterior_collapse', evidence: expect.stringContaining('0 of 4 latent units'), remedy: expect.stringContaining('lower beta (it is 500)') });
});

test('images lose most where the frequencies are high, and the bands add up to the whole error', async () => {
  const { report } = await trained(SPEC);
  expect(report.lost).toHaveLength(8);
  const sum = (of: 'error' | 'pcaError' | 'spread') => report.lost.reduce((total, part) => total + part[of], 0);
  expect(sum('error')).toBeCloseTo(report.metrics.mse, 4);
  expect(sum('pcaError')).toBeCloseTo(report.metrics.pcaMse, 4);
  expect(sum('spread')).toBeCloseTo(report.metrics.meanMse, 4);
  const share = report.lost.map(({ error, spread }) => error / spread);
  expect(share[1]!).toBeLessThan(share[6]!);
});

test('one image, or images all alike, give finite numbers and no verdict', () => {
  for (const count of [1, 5]) {
    const model = buildAutoencoder({ ...SPEC, variational: VARIATIONAL }, 1);
    const runner = new AutoencoderRunner(model);
    const images = new Float32Array(count * 64).fill(0.3);
    const report = watchAutoencoder({ spec: model.spec, training: images, unseen: images, reconstruct: (x) => runner.run(x), seed: 1 });
    expect(Object.values(report.metrics).filter((value) => !Number.isFinite(value))).toEqual([]);
    expect(report.finding).toBeUndefined();
    runner.dispose();
    model.dispose();
  }
});
