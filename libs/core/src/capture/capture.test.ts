import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../engine';
import type { NamedVariable } from '../layers/layer';
import type { HostTensor } from '../tensor/host-tensor';
import { largestDifference } from '../testing/golden';
import { capture } from './capture';

beforeAll(() => {
  startEngine();
});

const float = (...values: number[]): HostTensor => ({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) });
const variable = (name: string, ...values: number[]): NamedVariable => ({
  name,
  variable: tf().tidy(() => tf().variable(tf().tensor1d(values))),
  trainable: true,
});

test('runs the step on new inputs, keeps its state in the session, and brings it back', () => {
  const before = tensorCounts();
  const total = variable('total', 1, 2);
  const captured = capture({ x: float(0, 0) }, [total], ({ x }) => {
    total.variable.assign(total.variable.add(x));
    return { outputs: { doubled: x.mul(2), sum: total.variable.sum() } };
  });
  // Recording ran the step once; that must not show.
  expect([...total.variable.dataSync()]).toEqual([1, 2]);
  const run = (...values: number[]) => captured.run({ x: Float32Array.from(values) }, ['doubled', 'sum']).map(({ data }) => [...data]);
  expect(run(10, 20)).toEqual([[20, 40], [33]]);
  expect(run(1, 1)).toEqual([[2, 2], [35]]);
  expect([...total.variable.dataSync()]).toEqual([1, 2]);
  captured.pull();
  expect([...total.variable.dataSync()]).toEqual([12, 23]);

  total.variable.assign(tf().tidy(() => tf().tensor1d([0, 0])));
  captured.invalidate();
  expect(run(5, 6)).toEqual([[10, 12], [11]]);
  captured.dispose();
  total.variable.dispose();
  expect(tensorCounts().sessions).toBe(before.sessions);
  expect(tensorCounts().native).toBe(before.native);
});

test('changes no state where `commit` is false', () => {
  const total = variable('total', 5);
  const captured = capture({ x: float(0) }, [total], ({ x }) => {
    const next = total.variable.add(x);
    total.variable.assign(next);
    return { outputs: { next }, commit: next.isFinite().all() };
  });
  const run = (value: number) => captured.run({ x: Float32Array.of(value) }, ['next'])[0]!.data[0];
  expect(run(2)).toBe(7);
  expect(run(Infinity)).toBe(Infinity);
  captured.pull();
  expect(total.variable.dataSync()[0]).toBe(7);
  expect(run(1)).toBe(8);
  captured.dispose();
  total.variable.dispose();
});

test('two captured steps do not share state', () => {
  const made = [1, 10].map((start) => {
    const total = variable('total', start);
    const captured = capture({ x: float(0) }, [total], ({ x }) => {
      total.variable.assign(total.variable.add(x));
      return { outputs: { total: total.variable.mul(1) } };
    });
    return { total, captured };
  });
  const run = (index: number) => made[index]!.captured.run({ x: Float32Array.of(1) }, ['total'])[0]!.data[0];
  expect([run(0), run(1), run(0), run(1)]).toEqual([2, 11, 3, 12]);
  made.forEach(({ total, captured }) => {
    captured.dispose();
    total.variable.dispose();
  });
});

test('refuses a step that reads values, and an input of another size', () => {
  expect(() => capture({ x: float(1, 2) }, [], ({ x }) => ({ outputs: { y: x.mul(x.square().dataSync()[0]!) } }))).toThrow(
    'Square: a tensor was read while recording; keep its values inside TensorFlow',
  );
  const outside = tf().tidy(() => tf().tensor1d([1, 2]).add(1));
  expect(() => capture({ x: float(1, 2) }, [], ({ x }) => ({ outputs: { y: x.add(outside) } }))).toThrow('declare it as given');
  outside.dispose();
  const captured = capture({ x: float(1, 2) }, [], ({ x }) => ({ outputs: { y: x.neg() } }));
  expect(() => captured.run({ x: new Float32Array(3) }, ['y'])).toThrow('input x: received 3 numbers, expected [2], for which the step was captured');
  captured.dispose();
});

test('equals eager execution, and leaves no tensor behind in 300 runs', () => {
  const step = ({ x }: Record<'x', Tensor>) => ({ outputs: { y: x.exp().sub(x.softmax()).tanh().div(x.square().add(1).sqrt()) } });
  const captured = capture({ x: float(...new Array<number>(64).fill(0)) }, [], step);
  const counts = new Set<number>();
  for (let run = 0; run < 300; run += 1) {
    const x = Float32Array.from({ length: 64 }, (_, index) => Math.sin(index * 17 + run));
    const eager = scoped(() => step({ x: tf().tensor1d(x) }).outputs.y.dataSync());
    // Not bit for bit: TensorFlow optimizes the graph, here the division by a square root into a product with rsqrt.
    expect(largestDifference(captured.run({ x }, ['y'])[0]!.data, eager)).toBeLessThan(1e-6);
    counts.add(tensorCounts().native);
  }
  expect(counts.size).toBe(1);
  captured.dispose();
});
