import { startEngine } from '../engine';
import { anomalyScores, fitUsual, usualFromTensors, usualToTensors } from './anomaly-score';
import type { AutoencoderSpec } from './spec';

const SPEC: AutoencoderSpec = { inputShape: [2], architecture: { kind: 'dense', units: [] }, latentSize: 1, likelihood: 'gaussian', deviation: 0.5, dropout: 0, sparsity: 0 };
// Two columns: the first comes back with errors of 0.3, the second exactly. Latents of variance 4.
const KNOWN = {
  examples: Float32Array.of(1, 2, -1, 2, 1, -2, -1, -2),
  reconstruction: Float32Array.of(1.3, 2, -0.7, 2, 0.7, -2, -1.3, -2),
  latent: Float32Array.of(2, -2, 2, -2),
};

beforeAll(() => {
  startEngine();
});

test('what is usual is measured column by column, and comes back out of its tensors', () => {
  const usual = fitUsual(SPEC, KNOWN);
  expect(usual.errors[0]).toBeCloseTo(0.09, 5);
  expect(usual.errors[1]).toBe(0);
  expect(usual.variances[0]).toBeCloseTo(4, 4);
  expect(usualFromTensors(usualToTensors(usual))).toEqual(usual);
});

test('an error where there should be none counts for more than one where there always is one', () => {
  const usual = fitUsual(SPEC, KNOWN);
  const score = (reconstruction: number[], latent: number) => anomalyScores(SPEC, usual, { examples: Float32Array.of(1, 2), reconstruction: Float32Array.from(reconstruction), latent: Float32Array.of(latent) })[0]!;
  // By hand: errors over (usual + 0.02), over what is typical of them, and half the squared distance in deviations.
  const typical = 0.09 / 0.11 / 2;
  expect(score([1.3, 2], 2)).toBeCloseTo(0.09 / 0.11 / 2 / typical + 0.5, 4);
  expect(score([1, 2.3], 0)).toBeCloseTo(0.09 / 0.02 / 2 / typical, 4);
  expect(score([1, 2], 6)).toBeCloseTo(0.5 * 9, 4);
});

test('usual examples have about 1.5 in the mean', () => {
  const scores = anomalyScores(SPEC, fitUsual(SPEC, KNOWN), KNOWN);
  expect(scores.reduce((a, b) => a + b) / 4).toBeCloseTo(1.5, 4);
});

test('the same error counts for more in an image of less ink', () => {
  const image: AutoencoderSpec = { ...SPEC, inputShape: [1, 2, 1] };
  const known = { examples: Float32Array.of(1, 1, 0.5, 0.5), reconstruction: Float32Array.of(0.9, 0.9, 0.4, 0.4), latent: Float32Array.of(0, 0) };
  const [much, little] = anomalyScores(image, fitUsual(image, known), known);
  // A quarter of the energy, to the power 0.35.
  expect(little! / much!).toBeCloseTo(4 ** 0.35, 3);
});

test('what comes after the end of a sequence counts for nothing, and a black image has a finite score', () => {
  const sequence: AutoencoderSpec = { ...SPEC, inputShape: [2, 1] };
  const known = { examples: Float32Array.of(1, NaN, 1, 2), reconstruction: Float32Array.of(1.1, 9, 1.1, 2.1), latent: Float32Array.of(0, 1) };
  const usual = fitUsual(sequence, known);
  expect(usual.errors[1]).toBeCloseTo(0.01, 5);
  expect(anomalyScores(sequence, usual, known).every(Number.isFinite)).toBe(true);
  const image: AutoencoderSpec = { ...SPEC, inputShape: [1, 2, 1] };
  const black = { examples: new Float32Array(4), reconstruction: new Float32Array(4), latent: Float32Array.of(0, 0) };
  expect(anomalyScores(image, fitUsual(image, black), black).every(Number.isFinite)).toBe(true);
});
