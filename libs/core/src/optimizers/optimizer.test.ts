import { Program } from '../capture/program';
import { scoped, startEngine, tensorCounts, tf, type Scalar, type Tensor } from '../engine';
import type { NamedVariable } from '../layers/layer';
import { toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
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

const KINDS = Object.keys(expected.cases) as OptimizerKind[];
type Scalars = 'rate' | 'decay';

/** Takes a step eagerly, or as a program that was captured at the first. */
function stepper(optimizer: Optimizer, weights: NamedVariable[], captured: boolean) {
  const program = new Program([...weights, ...optimizer.slots]);
  const names = weights.map(({ name }) => name);
  const step = program.step('update', (given: Record<string, Tensor>) => {
    optimizer.apply(names.map((name) => given[name] as Tensor), given as Record<Scalars, Scalar>);
    return { outputs: { done: (given.rate as Tensor).mul(1) } };
  });
  return {
    take(gradients: number[][], index: number, learningRate: number): void {
      const scalar = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
      const { rate, decay } = optimizer.coefficients(index + 1, learningRate);
      if (captured) {
        const inputs = Object.fromEntries(gradients.map((data, which) => [names[which], { dtype: 'float32', shape: expected.shapes[which], data: Float32Array.from(data) }]));
        step.run({ ...inputs, rate: scalar(rate), decay: scalar(decay) }, ['done']);
        program.pull();
        return;
      }
      scoped(() => optimizer.apply(tensors(gradients), { rate: tf().scalar(rate), decay: tf().scalar(decay) }));
    },
    dispose: () => program.dispose(),
  };
}

describe.each([['eagerly', false], ['captured', true]] as const)('%s', (_, captured) => {
  test.each(KINDS)('%s takes the steps that Keras takes', (kind) => {
    const { rates, steps } = expected.cases[kind];
    const weights = variables();
    const optimizer = new Optimizer(optimizerSpec(kind), weights, { weightDecay: kind === 'adamw' ? 0.1 : 0 });
    const { take, dispose } = stepper(optimizer, weights, captured);
    for (const [index, step] of steps.entries()) {
      take(expected.gradients[index]!, index, rates[index]!);
      weights.forEach(({ variable }, which) => expect(largestDifference(variable.dataSync(), step[which]!)).toBeLessThan(TOLERANCE));
    }
    dispose();
    optimizer.dispose();
    weights.forEach(({ variable }) => variable.dispose());
    expect(tensorCounts().api).toBe(0);
  });

  test('an average follows each weight: average += (weight - average) * (1 - decay)', () => {
    const weights = variables();
    const optimizer = new Optimizer(optimizerSpec('adam'), weights, { ema: { decay: 0.75 } });
    const { take, dispose } = stepper(optimizer, weights, captured);
    const averages = expected.start.map((data) => [...data]);
    for (const index of [0, 1, 2]) {
      take(expected.gradients[index]!, index, 0.1);
      weights.forEach(({ name, variable }, which) => {
        averages[which] = [...variable.dataSync()].map((weight, element) => averages[which]![element]! * 0.75 + weight * 0.25);
        expect(largestDifference(optimizer.averages.get(name)!.dataSync(), averages[which])).toBeLessThan(1e-6);
      });
    }
    dispose();
    optimizer.dispose();
    weights.forEach(({ variable }) => variable.dispose());
  });

  test('gradients accumulate until they are taken', () => {
    const weights = variables();
    const optimizer = new Optimizer(optimizerSpec('sgd'), weights, { accumulates: true });
    const program = new Program([...weights, ...optimizer.slots]);
    const names = weights.map(({ name }) => name);
    const given = (inputs: Record<string, Tensor>) => names.map((name) => inputs[name] as Tensor);
    const add = (inputs: Record<string, Tensor>) => {
      optimizer.accumulate(given(inputs));
      return { outputs: { done: tf().scalar(1).mul(1) } };
    };
    const take = (inputs: Record<string, Tensor>) => ({ outputs: Object.fromEntries(optimizer.takeAccumulated(given(inputs)).map((tensor, which) => [names[which]!, tensor])) });
    const [addStep, takeStep] = [program.step('add', add), program.step('take', take)];
    const hosts = (index: number): Record<string, HostTensor> =>
      Object.fromEntries(expected.gradients[index]!.map((data, which) => [names[which]!, { dtype: 'float32', shape: expected.shapes[which]!, data: Float32Array.from(data) }]));
    for (let round = 0; round < 2; round += 1) {
      const totals = captured
        ? [addStep.run(hosts(0), ['done']), addStep.run(hosts(1), ['done']), takeStep.run(hosts(2), names)][2]!.map(({ data }) => [...data])
        : scoped(() => {
            const eager = (index: number) => Object.fromEntries(Object.entries(hosts(index)).map(([name, host]) => [name, toTensor(host)]));
            add(eager(0));
            add(eager(1));
            return Object.values(take(eager(2)).outputs).map((tensor) => [...tensor.dataSync()]);
          });
      totals.forEach((total, which) => {
        const sum = total.map((_value, element) => [0, 1, 2].reduce((all, index) => all + expected.gradients[index]![which]![element]!, 0));
        expect(largestDifference(total, sum)).toBeLessThan(1e-6);
      });
    }
    program.dispose();
    optimizer.dispose();
    weights.forEach(({ variable }) => variable.dispose());
  });
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
