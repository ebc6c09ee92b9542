import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportModel } from '../../artifact/export-model';
import { SavedModelSession } from '../../artifact/session';
import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../../engine';
import { toHost } from '../../tensor/convert';
import { largestDifference } from '../../testing/golden';
import { Parameters } from '../parameters';
import { bidirectional, stacked } from './compound';
import { gru, lstm, simpleRnn } from './layers';
import { joinSteps, type RecurrentLayer } from './recurrent-layer';

beforeAll(() => {
  startEngine();
});

const MAKERS = { lstm, gru, simpleRnn };
const KINDS = Object.keys(MAKERS) as (keyof typeof MAKERS)[];
const waves = (shape: number[], phase: number): Tensor =>
  tf().tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => 0.8 * Math.sin(index * 2.3 + phase)), shape);

test.each(KINDS.flatMap((kind) => [[kind, false], [kind, true]] as const))('%s, normalized %s: gradients are those of finite differences', (kind, normalize) => {
  const parameters = new Parameters(3);
  const layer = MAKERS[kind](parameters, 2, 3, { normalize });
  // Three units have a variance that bends.
  const step = normalize ? 2e-3 : 1e-2;
  scoped(() => {
    const lengths = tf().tensor1d([4, 2], 'int32');
    const factor = waves([2, 4, 3], 5);
    const loss = (x: Tensor): Tensor =>
      joinSteps(layer.apply(x, { sequences: true, lengths }).steps)
        .mul(factor)
        .sum();
    const x = waves([2, 4, 2], 1);
    const subjects = [x, ...parameters.all.map(({ variable }) => variable as Tensor)];
    const gradients = tf().grads((given: Tensor) => loss(given).asScalar())(subjects);
    for (const [index, subject] of subjects.entries()) {
      const values = Float32Array.from(subject.dataSync());
      const shifted = (place: number, by: number): number => {
        const changed = tf().tensor(values.map((value, at) => (at === place ? value + by : value)), subject.shape);
        if (index === 0) return loss(changed).dataSync()[0]!;
        parameters.all[index - 1]!.variable.assign(changed);
        return loss(x).dataSync()[0]!;
      };
      const estimates = Array.from(values, (_, place) => (shifted(place, step) - shifted(place, -step)) / (2 * step));
      if (index > 0) parameters.all[index - 1]!.variable.assign(tf().tensor(values, subject.shape));
      expect(largestDifference(gradients[index]!.dataSync(), estimates)).toBeLessThan(normalize ? 5e-3 : 5e-4);
    }
  });
  parameters.dispose();
});

test.each(KINDS)('%s: goes on from its states as if there were no cut', (kind) => {
  const parameters = new Parameters(4);
  const layer = MAKERS[kind](parameters, 3, 5);
  scoped(() => {
    const x = waves([2, 9, 3], 2);
    const whole = layer.apply(x, { sequences: true });
    const first = layer.apply(x.slice([0, 0, 0], [-1, 4, -1]), { sequences: true });
    // One step alone, and then the rest.
    const fifth = layer.apply(x.slice([0, 4, 0], [-1, 1, -1]), { sequences: true, initial: first.states });
    const second = layer.apply(x.slice([0, 5, 0], [-1, -1, -1]), { sequences: true, initial: fifth.states });
    const joined = joinSteps([...first.steps, ...fifth.steps, ...second.steps]);
    expect(largestDifference(joined.dataSync(), joinSteps(whole.steps).dataSync())).toBeLessThan(1e-6);
    expect(largestDifference(second.last.dataSync(), whole.last.dataSync())).toBeLessThan(1e-6);
    expect(second.states).toHaveLength(layer.stateUnits.length);
  });
  parameters.dispose();
});

test.each(KINDS)('%s: what is behind the end of an example changes nothing, in either direction', (kind) => {
  const parameters = new Parameters(4);
  const layer = bidirectional(parameters, (scope) => MAKERS[kind](scope, 3, 5));
  scoped(() => {
    const lengths = tf().tensor1d([4, 4], 'int32');
    const x = waves([2, 4, 3], 2);
    const padded = tf().concat([x, tf().fill([2, 3, 3], 1e6)], 1);
    const [alone, within] = [layer.apply(x, { sequences: true }), layer.apply(padded, { sequences: true, lengths })];
    expect(largestDifference(within.last.dataSync(), alone.last.dataSync())).toBeLessThan(1e-6);
    const outputs = joinSteps(within.steps);
    expect(largestDifference(outputs.slice([0, 0, 0], [-1, 4, -1]).dataSync(), joinSteps(alone.steps).dataSync())).toBeLessThan(1e-6);
    expect(new Set(outputs.slice([0, 4, 0], [-1, -1, -1]).dataSync())).toEqual(new Set([0]));
  });
  parameters.dispose();
});

test.each(KINDS)('%s: reports the norm of dL/dh at each step', (kind) => {
  const parameters = new Parameters(5);
  const layer = MAKERS[kind](parameters, 3, 4);
  const variables = parameters.all.map(({ variable }) => variable);
  scoped(() => {
    const x = waves([2, 6, 3], 1);
    const factor = waves([2, 6, 4], 7);
    const lossFrom = (start: number, initial?: readonly Tensor[]): Tensor => {
      const { steps } = layer.apply(x.slice([0, start, 0], [-1, -1, -1]), { sequences: true, ...(initial && { initial }), onTimeGradients: (norms) => received.push(norms) });
      return joinSteps(steps)
        .mul(factor.slice([0, start, 0], [-1, -1, -1]))
        .sum();
    };
    const received: Tensor[] = [];
    tf().variableGrads(() => lossFrom(0).asScalar(), variables);
    const norms = received[0]!.dataSync();
    expect(received[0]!.shape).toEqual([6]);
    // What flows back into h_t from all that comes after it is the gradient of the initial state of the rest; its own output adds to that.
    for (let cut = 1; cut < 6; cut += 1) {
      const { states } = layer.apply(x.slice([0, 0, 0], [-1, cut, -1]));
      const later = tf().grads((...given: Tensor[]) => lossFrom(cut, given).asScalar())([...states])[0]!;
      const own = factor.slice([0, cut - 1, 0], [-1, 1, -1]).reshape([2, 4]);
      expect(norms[cut - 1]).toBeCloseTo(later.add(own).norm().dataSync()[0]!, 5);
    }
    received.forEach((tensor) => tensor.dispose());
  });
  parameters.dispose();
});

test.each(KINDS)('%s: exported, takes a batch of any size, and lengths', (kind) => {
  const parameters = new Parameters(6);
  const layer = bidirectional(parameters, (scope) => MAKERS[kind](scope, 3, 4));
  const compute = (x: Tensor, lengths: Tensor): Record<'last' | 'outputs', Tensor> => {
    const { last, steps } = layer.apply(x, { lengths, sequences: true });
    return { last, outputs: joinSteps(steps) };
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'quartet-recurrent-'));
  const { bytes, signatures } = exportModel({
    weights: parameters.all,
    functions: {
      serving_default: {
        inputs: { x: { dtype: 'float32', shape: [5, 3] }, lengths: { dtype: 'int32', shape: [] } },
        compute: ({ x, lengths }) => ({ ...compute(x!, lengths!) }),
      },
    },
  });
  writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
  const session = new SavedModelSession(folder, signatures);
  for (const batch of [1, 4]) {
    scoped(() => {
      const x = waves([batch, 5, 3], 1);
      const lengths = tf().tensor1d([5, 2, 1, 3].slice(0, batch), 'int32');
      const served = session.run({ x: toHost(x), lengths: toHost(lengths) });
      for (const [name, tensor] of Object.entries(compute(x, lengths))) {
        expect(served[name]!.shape).toEqual(tensor.shape);
        expect(largestDifference(served[name]!.data, tensor.dataSync())).toBeLessThan(1e-6);
      }
    });
  }
  session.dispose();
  rmSync(folder, { recursive: true });
  parameters.dispose();
});

test('tells the cells of a compound apart', () => {
  const parameters = new Parameters(5);
  const layer = stacked([bidirectional(parameters.scope(0), (scope) => gru(scope, 3, 2)), lstm(parameters.scope(1), 4, 3)]);
  expect(parameters.all.map(({ name }) => name).filter((name) => name.endsWith('bias'))).toEqual(['0.forward.bias', '0.backward.bias', '1.bias']);
  expect([layer.units, layer.stateUnits]).toEqual([3, [2, 2, 3, 3]]);
  const paths: string[] = [];
  const before = tensorCounts().api;
  scoped(() => {
    const onTimeGradients = (norms: Tensor, path: string): void => {
      paths.push(path);
      norms.dispose();
    };
    tf().variableGrads(() => layer.apply(waves([2, 4, 3], 1), { onTimeGradients, inputGradient: false }).last.sum().asScalar());
  });
  expect(paths.sort()).toEqual(['0.backward', '0.forward', '1']);
  expect(tensorCounts().api).toBe(before);
  parameters.dispose();
});

test('fresh weights: orthogonal recurrent kernels, a forget bias of 1, and the seed decides', () => {
  const data = (seed: number): Record<string, Float32Array> => {
    const parameters = new Parameters(seed);
    lstm(parameters, 6, 8);
    const result = Object.fromEntries(parameters.all.map(({ name, variable }) => [name, variable.dataSync() as Float32Array]));
    parameters.dispose();
    return result;
  };
  const [first, again, other] = [data(1), data(1), data(2)];
  expect(again).toEqual(first);
  expect(other.kernel).not.toEqual(first.kernel);
  expect([...first.bias!]).toEqual([...Array<number>(8).fill(0), ...Array<number>(8).fill(1), ...Array<number>(16).fill(0)]);
  scoped(() => {
    const recurrent = tf().tensor2d(first.recurrent_kernel!, [8, 32]);
    expect(largestDifference(recurrent.matMul(recurrent, false, true).dataSync(), tf().eye(8).dataSync())).toBeLessThan(1e-6);
  });
});

test('says what doesn\'t fit', () => {
  const parameters = new Parameters(1);
  const layer: RecurrentLayer = lstm(parameters, 3, 4);
  scoped(() => {
    const x = waves([2, 5, 3], 1);
    expect(() => layer.apply(waves([2, 5, 4], 1))).toThrow('received a sequence of [2, 5, 4], expected [batch, time, 3] with one step or more');
    expect(() => layer.apply([])).toThrow('received a sequence of no steps, expected one or more of [batch, 3]');
    expect(() => layer.apply(x, { lengths: tf().tensor1d([1, 2, 3], 'int32') })).toThrow('lengths: received int32 [3], expected int32 [2], one for each example');
    expect(() => layer.apply(x, { initial: [waves([2, 4], 0)] })).toThrow('initial: received [2, 4], expected [2, 4], [2, 4]');
    const both = bidirectional(parameters.scope('both'), (scope) => gru(scope, 3, 4));
    expect(() => both.apply(x, { reverse: true })).toThrow('reverse: received true for a bidirectional layer');
    expect(() => both.apply(x, { initial: [waves([2, 4], 0)] })).toThrow('initial: received 1 states, expected 2');
    expect(() => tf().grad((given: Tensor) => layer.apply(given, { inputGradient: false }).last.sum())(x)).toThrow('input 0 needs a gradient, and the call said that it doesn\'t');
  });
  expect(() => stacked([])).toThrow('layers: received none');
  parameters.dispose();
});

test.each(KINDS)('%s, normalized: each hidden state has mean 0 and variance 1, whatever the size of the recurrent kernel', (kind) => {
  scoped(() => {
    const parameters = new Parameters(3);
    const layer = MAKERS[kind](parameters, 2, 16, { normalize: true, recurrentInitializer: (shape) => tf().fill(shape, 0.001) });
    const { steps } = layer.apply(waves([2, 4, 2], 1), { sequences: true });
    for (const h of steps) {
      const { mean, variance } = tf().moments(h, 1);
      expect(largestDifference(mean.dataSync(), [0, 0])).toBeLessThan(1e-5);
      expect(largestDifference(variance.dataSync(), [1, 1])).toBeLessThan(5e-2);
    }
    parameters.dispose();
  });
});
