import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../../engine';
import { Program } from '../../capture/program';
import { golden, largestDifference } from '../../testing/golden';
import type { HostTensor } from '../../tensor/host-tensor';
import { Parameters } from '../parameters';
import { bidirectional, stacked } from './compound';
import { gru, lstm, simpleRnn } from './layers';
import { joinSteps, type RecurrentCall, type RecurrentLayer } from './recurrent-layer';

interface Case {
  x: number[];
  lengths: number[] | null;
  initial: number[][] | null;
  reverse: boolean;
  weights: Record<string, { shape: number[]; data: number[] }>;
  outputs: number[];
  states: number[][];
  factors: number[][];
  loss: number;
  gradients: { x: number[]; initial: number[][]; weights: Record<string, number[]> };
}

const { shapes, cases } = golden<{ shapes: Record<'batch' | 'time' | 'features' | 'units', number>; cases: Record<string, Case> }>('recurrent.json');
const { batch, time, features, units } = shapes;
const MAKERS = { lstm, gru, simpleRnn };

beforeAll(() => {
  startEngine();
});

/** The layer that a case is named for. */
function layerOf(name: string, parameters: Parameters): RecurrentLayer {
  const make = MAKERS[name.split(':')[0] as keyof typeof MAKERS];
  const options = name.includes('relu') ? { activation: 'relu' as const } : {};
  if (name.includes('bidirectional')) return bidirectional(parameters, (scope) => make(scope, features, units), name.includes('sum') ? 'sum' : 'concat');
  if (name.includes('stack')) return stacked([make(parameters.scope(0), features, units), make(parameters.scope(1), units, units)]);
  return make(parameters, features, units, options);
}

function load(parameters: Parameters, weights: Case['weights']): void {
  expect(parameters.all.map(({ name }) => name).sort()).toEqual(Object.keys(weights).sort());
  for (const { name, variable } of parameters.all) {
    const { shape, data } = weights[name]!;
    variable.assign(tf().tidy(() => tf().tensor(data, shape)));
  }
}

/** The call of a case, on tensors. */
function callOf(name: string, { lengths, initial, reverse }: Case): RecurrentCall {
  return {
    sequences: true,
    reverse,
    zeroMasked: name.includes('zeros'),
    ...(lengths && { lengths: tf().tensor1d(lengths, 'int32') }),
    ...(initial && { initial: initial.map((data) => tf().tensor2d(data, [batch, units])) }),
  };
}

const lossOf = (values: readonly Tensor[], factors: readonly Tensor[]): Tensor => tf().addN(values.map((value, index) => value.mul(factors[index]!).sum()));

/** All that a case has numbers for. */
function results(layer: RecurrentLayer, parameters: Parameters, x: Tensor, call: RecurrentCall, factors: readonly Tensor[]): Record<string, Tensor> {
  const initial = (call.initial ?? []) as Tensor[];
  const variables = parameters.all.map(({ variable }) => variable as Tensor);
  const kept: Record<string, Tensor> = {};
  const { grads } = tf().valueAndGrads((...args: Tensor[]) => {
    const { steps, states } = layer.apply(args[0]!, { ...call, ...(initial.length > 0 && { initial: args.slice(1, 1 + initial.length) }) });
    const outputs = joinSteps(steps);
    kept.outputs = tf().keep(outputs);
    states.forEach((state, index) => (kept[`state ${index}`] = tf().keep(state.clone())));
    return lossOf([outputs, ...states], factors).asScalar();
  })([x, ...initial, ...variables]);
  ['x', ...initial.map((_, index) => `initial ${index}`), ...parameters.all.map(({ name }) => name)].forEach((name, index) => (kept[`d ${name}`] = grads[index]!));
  return kept;
}

function expectedOf({ outputs, states, gradients }: Case): Record<string, number[]> {
  return {
    outputs,
    ...Object.fromEntries(states.map((state, index) => [`state ${index}`, state])),
    'd x': gradients.x,
    ...Object.fromEntries(gradients.initial.map((gradient, index) => [`d initial ${index}`, gradient])),
    ...Object.fromEntries(Object.entries(gradients.weights).map(([name, gradient]) => [`d ${name}`, gradient])),
  };
}

/** Which results differ by more than the tolerance, and by how much. */
function differences(received: Record<string, ArrayLike<number>>, expected: Record<string, number[]>, tolerance: number): [string, number][] {
  expect(Object.keys(received).sort()).toEqual(Object.keys(expected).sort());
  return Object.entries(expected)
    .map(([name, values]): [string, number] => [name, largestDifference(received[name]!, values)])
    .filter(([, difference]) => !(difference < tolerance));
}

describe.each(Object.entries(cases))('%s', (name, stored) => {
  let parameters: Parameters;
  let layer: RecurrentLayer;
  beforeAll(() => {
    parameters = new Parameters(1);
    layer = layerOf(name, parameters);
    load(parameters, stored.weights);
  });
  afterAll(() => parameters.dispose());

  const width = () => [batch, time, layer.units];
  const factorShapes = () => [width(), ...stored.states.map(() => [batch, units])];

  test('outputs, states and all gradients are those of Keras', () => {
    const before = tensorCounts().api;
    scoped(() => {
      const factors = stored.factors.map((data, index) => tf().tensor(data, factorShapes()[index]));
      const all = results(layer, parameters, tf().tensor(stored.x, [batch, time, features]), callOf(name, stored), factors);
      const received = Object.fromEntries(Object.entries(all).map(([key, tensor]) => [key, tensor.dataSync()]));
      expect(differences(received, expectedOf(stored), 3e-6)).toEqual([]);
      Object.values(all).forEach((tensor) => tensor.dispose());
    });
    expect(tensorCounts().api).toBe(before);
  });

  test('captured, too', () => {
    const native = tensorCounts().native;
    const float = (data: number[], shape: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) });
    const inputs: Record<string, HostTensor> = { x: float(stored.x, [batch, time, features]) };
    if (stored.lengths) inputs.lengths = { dtype: 'int32', shape: [batch], data: Int32Array.from(stored.lengths) };
    stored.initial?.forEach((data, index) => (inputs[`initial${index}`] = float(data, [batch, units])));
    stored.factors.forEach((data, index) => (inputs[`factor${index}`] = float(data, factorShapes()[index]!)));
    const keys = Object.keys(expectedOf(stored));
    let made: Tensor[] = [];
    const program = new Program(parameters.all);
    const step = program.step('step', (given: Record<string, Tensor>) => {
      const call = { ...callOf(name, { ...stored, lengths: null, initial: null }), ...(given.lengths && { lengths: given.lengths }) };
      const initial = stored.initial?.map((_, index) => given[`initial${index}`]!);
      const all = results(layer, parameters, given.x!, { ...call, ...(initial && { initial }) }, stored.factors.map((_, index) => given[`factor${index}`]!));
      made = Object.values(all);
      return { outputs: Object.fromEntries(keys.map((key, index) => [`o${index}`, all[key]!])) };
    });
    const values = step.run(inputs, keys.map((_, index) => `o${index}`));
    program.dispose();
    made.forEach((tensor) => tensor.dispose());
    expect(differences(Object.fromEntries(keys.map((key, index) => [key, values[index]!.data])), expectedOf(stored), 3e-6)).toEqual([]);
    expect(tensorCounts().native).toBe(native);
  });
});
