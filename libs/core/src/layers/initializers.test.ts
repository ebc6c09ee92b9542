import { scoped, startEngine, tf } from '../engine';
import { glorotNormal, glorotUniform, heNormal, normal, orthogonal, smallOutput, uniform } from './initializers';
import type { Initializer } from './parameters';

beforeAll(() => {
  startEngine();
});

const draw = (initializer: Initializer, shape: number[], seed = 1): number[] => scoped(() => [...initializer(shape, seed).dataSync()]);
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: number[]): number => Math.sqrt(mean(values.map((value) => value * value)));
const largest = (values: number[]): number => Math.max(...values.map(Math.abs));

// A kernel of 3 x 3 over 20 channels to 40: an output sees 180 inputs, an input reaches 360 outputs.
const SHAPE = [3, 3, 20, 40];

test.each<[string, Initializer, number, number]>([
  ['heNormal', heNormal, Math.sqrt(2 / 180), (2 * Math.sqrt(2 / 180)) / 0.8796],
  ['glorotNormal', glorotNormal, Math.sqrt(2 / 540), (2 * Math.sqrt(2 / 540)) / 0.8796],
  ['glorotUniform', glorotUniform, Math.sqrt(2 / 540), Math.sqrt(6 / 540)],
  ['smallOutput', smallOutput, Math.sqrt(2 / 540) / 10, Math.sqrt(6 / 540) / 10],
  ['uniform', uniform(0.05), 0.05 / Math.sqrt(3), 0.05],
  ['normal', normal(3), 3, Infinity],
])('%s has its deviation and its bounds, and depends on the seed alone', (_, initializer, expected, bound) => {
  const values = draw(initializer, SHAPE);
  expect(deviation(values) / expected).toBeCloseTo(1, 1);
  expect(Math.abs(mean(values)) / expected).toBeLessThan(0.05);
  expect(largest(values)).toBeLessThanOrEqual(bound * 1.0001);
  if (Number.isFinite(bound)) expect(largest(values)).toBeGreaterThan(bound * 0.97);
  expect(draw(initializer, SHAPE)).toEqual(values);
  expect(draw(initializer, SHAPE, 2)).not.toEqual(values);
});

test.each([[[6, 4]], [[4, 6]], [[2, 3, 4]]])('orthogonal: %p has orthonormal columns or rows', (shape) => {
  scoped(() => {
    const columns = shape.at(-1)!;
    const matrix = orthogonal(1)(shape, 5).reshape([-1, columns]);
    const tall = matrix.shape[0] >= columns;
    const product = tall ? matrix.matMul(matrix, true) : matrix.matMul(matrix, false, true);
    expect(product.sub(tf().eye(Math.min(matrix.shape[0], columns))).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    const [first, second] = [orthogonal(1)(shape, 5), orthogonal(2)(shape, 5)];
    expect(second.sub(first.mul(2)).abs().max().dataSync()[0]).toBe(0);
  });
});
