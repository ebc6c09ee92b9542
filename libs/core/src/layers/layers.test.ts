import { exportModel, type ModelFunction } from '../artifact/export-model';
import { Program } from '../capture/program';
import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../engine';
import { toHost, toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import { gradientError } from '../testing/finite-differences';
import { golden, largestDifference } from '../testing/golden';
import { LAYER_CASES } from '../testing/layer-cases';
import type { Layer } from './layer';
import { Parameters } from './parameters';

interface Stored {
  shape: number[];
  data: number[];
}

interface Golden {
  x: Stored;
  dy: Stored;
  weights: Record<string, Stored>;
  y: number[];
  /** By `x`, unless it holds indices, and by each weight's name. */
  gradients: Record<string, number[]>;
  /** After the forward pass. */
  statistics: Record<string, number[]>;
}

const GOLDEN = golden<Record<string, Golden>>('layers.json');
const TRAINING = { training: true };

beforeAll(() => {
  startEngine();
});

test('every layer of the golden numbers is a case', () => {
  expect(Object.keys(LAYER_CASES)).toEqual(Object.keys(GOLDEN));
});

describe.each(Object.entries(LAYER_CASES))('%s', (name, { make, twice = true }) => {
  const expected = GOLDEN[name]!;
  const differentiable = Object.keys(expected.gradients);
  const host = ({ shape, data }: Stored, dtype: HostTensor['dtype'] = 'float32'): HostTensor => ({
    dtype,
    shape,
    data: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data),
  });
  const x = host(expected.x, differentiable.includes('x') ? 'float32' : 'int32');
  const dy = host(expected.dy);

  let parameters: Parameters;
  let layer: Layer;
  beforeEach(() => {
    parameters = new Parameters(1);
    layer = make(parameters);
    for (const { name: weight, variable } of parameters.all) assign(weight, variable, expected.weights[weight]!.data);
  });
  afterEach(() => parameters.dispose());

  const assign = (weight: string, variable: Parameters['all'][number]['variable'], data: ArrayLike<number>): void => {
    expect([weight, variable.shape]).toEqual([weight, expected.weights[weight]!.shape]);
    scoped(() => variable.assign(tf().tensor(Float32Array.from(data), variable.shape)));
  };

  /** y, and the gradients of sum(y dy). */
  const compute = (input: Tensor, slope: Tensor, context = TRAINING): Record<string, Tensor> => {
    const weights = parameters.all.filter(({ trainable }) => trainable);
    const by = [...(differentiable.includes('x') ? [input] : []), ...weights.map(({ variable }) => variable)];
    const y = layer(input, context);
    const gradients = tf().grads((...given: Tensor[]) => layer(differentiable.includes('x') ? given[0]! : input, context).mul(slope).sum())(by);
    return { y, ...Object.fromEntries(differentiable.map((gradient, index) => [gradient, gradients[index]!])) };
  };

  const eager = (training = true): Record<string, HostTensor> =>
    scoped(() => Object.fromEntries(Object.entries(compute(toTensor(x), toTensor(dy), { training })).map(([key, tensor]) => [key, toHost(tensor)])));

  test('output, gradients and statistics are those of Keras', () => {
    const { y, ...gradients } = eager();
    expect(y!.shape).toEqual(dy.shape);
    expect(largestDifference(y!.data, expected.y)).toBeLessThan(2e-6);
    for (const [key, gradient] of Object.entries(expected.gradients)) {
      expect([key, largestDifference(gradients[key]!.data, gradient) < 5e-6]).toEqual([key, true]);
    }
    // Two forward passes ran: set back, and run one.
    for (const { name: weight, variable } of parameters.all) assign(weight, variable, expected.weights[weight]!.data);
    scoped(() => layer(toTensor(x), TRAINING));
    for (const [key, statistic] of Object.entries(expected.statistics)) {
      const variable = parameters.all.find((weight) => weight.name === key)!.variable;
      expect(largestDifference(variable.dataSync(), statistic)).toBeLessThan(1e-6);
    }
  });

  test('a captured pass equals an eager one', () => {
    const wanted = eager();
    for (const { name: weight, variable } of parameters.all) assign(weight, variable, expected.weights[weight]!.data);
    const program = new Program(parameters.all);
    const captured = program.step('pass', (inputs: Record<'x' | 'dy', Tensor>) => ({ outputs: compute(inputs.x, inputs.dy) }));
    const names = Object.keys(wanted);
    captured.run({ x, dy }, names).forEach(({ data }, index) => {
      // Not bit for bit: TensorFlow fuses bias and activation into the product before them, and the bias' gradient into the kernel's.
      const equal = wanted[names[index]!]!.data;
      const size = Math.max(1, ...Array.from(equal, Math.abs));
      expect([names[index], largestDifference(data.map((v) => v / size), equal.map((v) => v / size)) < 1e-6]).toEqual([names[index], true]);
    });
    program.dispose();
  });

  test.each([true, false])('gradients are those of finite differences, training %p', (training) => {
    const { gradients, inputs, set } = pointOf(eager(training));
    const value = (at: Float32Array[]): number => {
      set(at);
      return scoped(() => dot(layer(toTensor(withInput(at)), { training }).dataSync(), dy.data));
    };
    expect(gradientError({ value, gradients }, inputs, 3e-3)).toBeLessThan(1e-2);
  });

  test(twice ? 'second derivatives are those of finite differences' : 'refuses a second derivative', () => {
    // Of the squared gradient of sum(y dy), as in a gradient penalty.
    const penalty = (input: Tensor): Tensor => {
      const slope = toTensor(dy);
      const weights = parameters.all.filter(({ trainable }) => trainable).map(({ variable }) => variable);
      const by = differentiable.includes('x') ? [input] : weights;
      const gradients = tf().grads((...given: Tensor[]) => layer(differentiable.includes('x') ? given[0]! : input, TRAINING).mul(slope).sum())(by);
      return gradients.reduce((sum, gradient) => sum.add(gradient.square().sum()), tf().scalar(0));
    };
    if (!twice) {
      scoped(() => expect(() => tf().grad(penalty)(toTensor(x))).toThrow('has no second derivative; leave it out'));
      return;
    }
    const weights = parameters.all.filter(({ trainable }) => trainable).map(({ variable }) => variable);
    const second = scoped(() => {
      const input = toTensor(x);
      const by = differentiable.includes('x') ? [input, ...weights] : weights;
      // Of what the gradient doesn't depend on, the derivative is 0; tfjs wants a path to it.
      const linked = (given: Tensor[]): Tensor => given.reduce((sum, tensor) => sum.add(tensor.sum().mul(0)), penalty(differentiable.includes('x') ? given[0]! : input));
      return tf().grads((...given: Tensor[]) => linked(given))(by).map((gradient) => toHost(gradient));
    });
    const { inputs, set } = pointOf(Object.fromEntries(differentiable.map((key, index) => [key, second[index]!])));
    const value = (at: Float32Array[]): number => {
      set(at);
      return scoped(() => penalty(toTensor(withInput(at))).dataSync()[0]!);
    };
    expect(gradientError({ value, gradients: second.map(({ data }) => data) }, inputs, 1e-2)).toBeLessThan(2e-2);
  });

  test('exports as a model of any batch size', () => {
    const forward: ModelFunction = {
      inputs: { x: { dtype: x.dtype as 'float32' | 'int32', shape: x.shape.slice(1) } },
      compute: (inputs) => ({ y: layer(inputs.x!, { training: false }) }),
    };
    const { signatures } = exportModel({ weights: parameters.all, functions: { serving_default: forward } });
    expect(signatures.serving_default!.outputs.y!.shape).toEqual([-1, ...dy.shape.slice(1)]);
  });

  test('leaves nothing behind', () => {
    eager();
    const before = tensorCounts();
    eager();
    expect(tensorCounts()).toEqual(before);
  });

  /** Gradients in the order of the golden names, the point they are at, and a way to move the weights. */
  const pointOf = (results: Record<string, HostTensor>) => ({
    gradients: differentiable.map((key) => results[key]!.data),
    inputs: differentiable.map((key) => Float32Array.from(key === 'x' ? x.data : expected.weights[key]!.data)),
    set: (at: Float32Array[]) =>
      differentiable.forEach((key, index) => {
        const weight = parameters.all.find((candidate) => candidate.name === key);
        if (weight) assign(key, weight.variable, at[index]!);
      }),
  });
  const withInput = (at: Float32Array[]): HostTensor => (differentiable.includes('x') ? { ...x, data: at[0]! } : x);
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}
