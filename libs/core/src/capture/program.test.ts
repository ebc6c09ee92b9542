import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../engine';
import { updateInPlace, readUpdated } from '../graph/in-place';
import type { NamedVariable } from '../layers/layer';
import type { HostTensor } from '../tensor/host-tensor';
import { largestDifference } from '../testing/golden';
import { Program, type CapturedStep } from './program';

beforeAll(() => {
  startEngine();
});

const float = (...values: number[]): HostTensor => ({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) });
const variable = (name: string, ...values: number[]): NamedVariable => ({
  name,
  variable: tf().tidy(() => tf().variable(tf().tensor1d(values))),
  trainable: true,
});
const run = (step: CapturedStep<'x'>, fetches: string[], ...values: number[]) => step.run({ x: float(...values) }, fetches).map(({ data }) => [...data]);

interface Fixture {
  total: NamedVariable;
  program: Program;
  add: CapturedStep<'x'>;
  read: CapturedStep<'x'>;
}

describe.each([['in the graph', {}], ['as functions', { optimizedUpTo: 0 }]])('steps %s', (_, options) => {
  test('runs the step on new inputs, keeps its state in the session, and brings it back', () => {
    const before = tensorCounts();
    const total = variable('total', 1, 2);
    const program = new Program([total], options);
    const step = program.step<'x'>('add', ({ x }) => {
      total.variable.assign(total.variable.add(x));
      return { outputs: { doubled: x.mul(2), sum: total.variable.sum() } };
    });
    expect(run(step, ['doubled', 'sum'], 10, 20)).toEqual([[20, 40], [33]]);
    expect(run(step, ['doubled', 'sum'], 1, 1)).toEqual([[2, 2], [35]]);
    // Recording ran the step once; that must not show.
    expect([...total.variable.dataSync()]).toEqual([1, 2]);
    program.pull();
    expect([...total.variable.dataSync()]).toEqual([12, 23]);

    total.variable.assign(tf().tidy(() => tf().tensor1d([0, 0])));
    program.invalidate();
    expect(run(step, ['doubled', 'sum'], 5, 6)).toEqual([[10, 12], [11]]);
    program.dispose();
    expect(() => run(step, ['sum'], 5, 6)).toThrow('step add: the program was disposed of');
    total.variable.dispose();
    expect(tensorCounts().sessions).toBe(before.sessions);
    expect(tensorCounts().native).toBe(before.native);
  });

  test('changes no state where `commit` is false', () => {
    const total = variable('total', 5);
    const program = new Program([total], options);
    const step = program.step<'x'>('add', ({ x }) => {
      const next = total.variable.add(x);
      total.variable.assign(next);
      return { outputs: { next }, commit: next.isFinite().all() };
    });
    expect(run(step, ['next'], 2)).toEqual([[7]]);
    expect(run(step, ['next'], Infinity)).toEqual([[Infinity]]);
    program.pull();
    expect(total.variable.dataSync()[0]).toBe(7);
    expect(run(step, ['next'], 1)).toEqual([[8]]);
    program.dispose();
    total.variable.dispose();
  });

  test('steps share their program\'s state, whatever the shapes of their inputs; two programs share nothing', () => {
    const [one, other] = [1, 10].map((start) => {
      const total = variable('total', start);
      const program = new Program([total], options);
      const add = program.step<'x'>('add', ({ x }) => {
        total.variable.assign(total.variable.add(x.sum()));
        return { outputs: { total: total.variable.mul(1) } };
      });
      const read = program.step<'x'>('read', ({ x }) => ({ outputs: { product: total.variable.mul(x) } }));
      return { total, program, add, read };
    }) as [Fixture, Fixture];
    expect(run(one.add, ['total'], 1)).toEqual([[2]]);
    expect(run(one.add, ['total'], 1, 2)).toEqual([[5]]);
    expect(run(one.read, ['product'], 2)).toEqual([[10]]);
    expect(run(other.add, ['total'], 1)).toEqual([[11]]);
    expect(run(one.add, ['total'], 1)).toEqual([[6]]);
    expect(run(one.read, ['product'], 2)).toEqual([[12]]);
    for (const { total, program } of [one, other]) {
      program.dispose();
      total.variable.dispose();
    }
  });

  test('an in-place update follows all reads of the old value, chains, can be read, and obeys `commit`', () => {
    const total = variable('total', 1, 2);
    const seen = variable('seen', 0, 0);
    const program = new Program([total, seen], options);
    const step = program.step<'x'>('descend', ({ x }) => {
      const gradient = total.variable.mul(x);
      updateInPlace('ResourceApplyGradientDescent', [total.variable], [tf().scalar(1), gradient]);
      updateInPlace('ResourceApplyGradientDescent', [total.variable], [tf().scalar(-10), tf().ones([2])]);
      seen.variable.assign(readUpdated(total.variable).mul(1));
      return { outputs: { before: total.variable.mul(1), gradient }, commit: x.isFinite().all() };
    });
    expect(run(step, ['before', 'gradient'], 0.5, 0.25)).toEqual([[1, 2], [0.5, 0.5]]);
    expect(run(step, ['before'], 0, NaN)).toEqual([[10.5, 11.5]]);
    program.pull();
    expect([...total.variable.dataSync()]).toEqual([10.5, 11.5]);
    expect([...seen.variable.dataSync()]).toEqual([10.5, 11.5]);
    program.dispose();
    total.variable.dispose();
    seen.variable.dispose();
  });

  test('state never lies in the memory of an input, nor of another variable', () => {
    const [first, second] = [variable('first', 1, 1), variable('second', 0, 0)];
    second.variable.assign(first.variable);
    const program = new Program([first, second], options);
    const take = program.step<'x'>('take', ({ x }) => {
      first.variable.assign(x.reshape([2]));
      return { outputs: { x: x.mul(1) } };
    });
    const descend = program.step<'x'>('descend', ({ x }) => {
      updateInPlace('ResourceApplyGradientDescent', [first.variable], [tf().scalar(-1), x]);
      return { outputs: { first: first.variable.mul(1), second: second.variable.mul(1) } };
    });
    run(descend, ['first'], 4, 4);
    expect(run(descend, ['first', 'second'], 4, 4)).toEqual([[5, 5], [1, 1]]);
    const x = float(7, 7);
    take.run({ x }, ['x']);
    run(descend, ['first'], 4, 4);
    expect(run(descend, ['first'], 4, 4)).toEqual([[11, 11]]);
    expect([...x.data]).toEqual([7, 7]);
    // As `take` found it when it was recorded: later steps change the session's state alone.
    expect([...first.variable.dataSync()]).toEqual([9, 9]);
    program.dispose();
    first.variable.dispose();
    second.variable.dispose();
  });
});

// TensorFlow takes JavaScript's memory for its own where it is aligned to 64 bytes: one of these places always is.
test.each([0, 16, 32, 48])('nor where JavaScript\'s memory is aligned as TensorFlow\'s is: %d', (place) => {
  const aligned = (...values: number[]): Float32Array => {
    const view = new Float32Array(new ArrayBuffer(4096), place, values.length);
    view.set(values);
    return view;
  };
  const [start, taken] = [aligned(1, 1), aligned(7, 7)];
  const total: NamedVariable = { name: 'total', variable: tf().tidy(() => tf().variable(tf().tensor1d(start))), trainable: true };
  const program = new Program([total]);
  const descend = program.step<'x'>('descend', ({ x }) => {
    updateInPlace('ResourceApplyGradientDescent', [total.variable], [tf().scalar(-1), x]);
    return { outputs: { x: x.mul(1) } };
  });
  const take = program.step<'x'>('take', ({ x }) => {
    total.variable.assign(x.reshape([2, 1]).reshape([2]));
    return { outputs: { x: x.mul(1) } };
  });
  run(descend, ['x'], 4, 4);
  run(descend, ['x'], 4, 4);
  expect([...start]).toEqual([1, 1]);
  take.run({ x: { dtype: 'float32', shape: [2], data: taken } }, ['x']);
  run(descend, ['x'], 4, 4);
  run(descend, ['x'], 4, 4);
  expect([...taken]).toEqual([7, 7]);
  program.pull();
  expect([...total.variable.dataSync()]).toEqual([15, 15]);
  program.dispose();
  total.variable.dispose();
});

test('refuses a step that reads values or tensors from outside, naming the op and the line', () => {
  const program = new Program([]);
  const reads = program.step<'x'>('reads', ({ x }) => ({ outputs: { y: x.mul(x.square().dataSync()[0]!) } }));
  expect(() => run(reads, ['y'], 1, 2)).toThrow(/^Square: a tensor was read while recording; keep its values inside TensorFlow \(program\.test\.ts:\d+\)$/);
  const outside = tf().tidy(() => tf().tensor1d([1, 2]).add(1));
  const uses = program.step<'x'>('uses', ({ x }) => ({ outputs: { y: x.add(outside) } }));
  expect(() => run(uses, ['y'], 1, 2)).toThrow(/^input 1 of Add is a tensor made before the recording; declare it as given \(program\.test\.ts:\d+\)$/);
  outside.dispose();
  program.dispose();
});

test('equals eager execution, and leaves no tensor behind in 300 runs', () => {
  const step = ({ x }: Record<'x', Tensor>) => ({ outputs: { y: x.exp().sub(x.softmax()).tanh().div(x.square().add(1).sqrt()) } });
  const program = new Program([]);
  const captured = program.step('main', step);
  const counts = new Set<number>();
  for (let round = 0; round < 300; round += 1) {
    const x = Array.from({ length: 64 }, (_, index) => Math.sin(index * 17 + round));
    const eager = scoped(() => step({ x: tf().tensor1d(x) }).outputs.y.dataSync());
    // Not bit for bit: TensorFlow optimizes the graph, here the division by a square root into a product with rsqrt.
    expect(largestDifference(run(captured, ['y'], ...x)[0]!, eager)).toBeLessThan(1e-6);
    counts.add(tensorCounts().native);
  }
  expect(counts.size).toBe(1);
  program.dispose();
});
