import { scoped, startEngine, tensorCounts, tf } from '../engine';
import type { NamedVariable } from '../layers/layer';
import { golden, largestDifference } from '../testing/golden';
import { optimizerSpec } from '../training/settings';
import type { OptimizerKind } from '../training/options';
import { clipGradients } from './clip';
import { Optimizer } from './optimizer';

interface Golden {
  start: number[][];
  shapes: number[][];
  gradients: number[][][];
  cases: Record<OptimizerKind, { rates: number[]; steps: number[][][] }>;
  clip: Record<'value' | 'norm' | 'globalNorm', number[][]>;
}

const expected = golden<Golden>('optimizers.json');

/** Keras takes the powers of beta in single precision, so its own rate is off by about 1e-5 of itself. */
const TOLERANCE = 3e-6;

beforeAll(() => {
  startEngine();
});

const variables = (): NamedVariable[] =>
  expected.start.map((data, index) => ({
    name: `w${index}`,
    variable: tf().tidy(() => tf().variable(tf().tensor(data, expected.shapes[index]))),
    trainable: true,
  }));
const tensors = (values: number[][]) => values.map((data, index) => tf().tensor(data, expected.shapes[index]));

test.each(Object.keys(expected.cases) as OptimizerKind[])('%s takes the steps that Keras takes', (kind) => {
  const { rates, steps } = expected.cases[kind];
  const weights = variables();
  const optimizer = new Optimizer(optimizerSpec(kind), weights, { weightDecay: kind === 'adamw' ? 0.1 : 0 });
  for (const [index, step] of steps.entries()) {
    scoped(() => {
      const { rate, decay } = optimizer.coefficients(index + 1, rates[index]!);
      optimizer.apply(tensors(expected.gradients[index]!), { rate: tf().scalar(rate), decay: tf().scalar(decay) });
    });
    weights.forEach(({ variable }, which) => expect(largestDifference(variable.dataSync(), step[which]!)).toBeLessThan(TOLERANCE));
  }
  optimizer.dispose();
  weights.forEach(({ variable }) => variable.dispose());
  expect(tensorCounts().api).toBe(0);
});

test.each([
  ['value', { value: 0.5 }],
  ['norm', { norm: 0.7 }],
  ['globalNorm', { globalNorm: 0.9 }],
] as const)('clips by %s as TensorFlow does', (name, clip) => {
  scoped(() => {
    const clipped = clipGradients(tensors(expected.gradients[0]!), clip);
    clipped.forEach((tensor, index) => expect(largestDifference(tensor.dataSync(), expected.clip[name][index]!)).toBeLessThan(1e-6));
  });
});

test('leaves gradients below the limits as they are', () => {
  scoped(() => {
    const clipped = clipGradients(tensors(expected.gradients[0]!), { value: 100, norm: 100, globalNorm: 100 });
    clipped.forEach((tensor, index) => expect(tensor.dataSync()).toEqual(Float32Array.from(expected.gradients[0]![index]!)));
  });
});
