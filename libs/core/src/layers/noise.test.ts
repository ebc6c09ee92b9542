import { Program } from '../capture/program';
import { scoped, startEngine, tf, type Scalar, type Tensor } from '../engine';
import type { HostTensor } from '../tensor/host-tensor';
import { dropout, gaussianNoise } from './noise';
import type { Layer } from './layer';
import { Parameters } from './parameters';

beforeAll(() => {
  startEngine();
});

const SIZE = 20_000;
const ramp = Float32Array.from({ length: SIZE }, (_, index) => 1 + (index % 7));
const layers: [string, Layer][] = [
  ['dropout of any rate', dropout(new Parameters(1).scope('a'), 0.3)],
  ['dropout of bytes', dropout(new Parameters(1).scope('a'), 0.25)],
  ['gaussianNoise', gaussianNoise(new Parameters(1).scope('a'), 0.5)],
];

const run = (layer: Layer, seed: number, step: number): number[] =>
  scoped(() => [...layer(tf().tensor1d(ramp), { training: true, random: { seed, step: tf().scalar(step, 'int32') } }).dataSync()]);

describe.each(layers)('%s', (_, layer) => {
  test('depends on seed, step and name alone; passes its input on outside training', () => {
    const first = run(layer, 5, 10);
    expect(run(layer, 5, 10)).toEqual(first);
    expect(run(layer, 5, 11)).not.toEqual(first);
    expect(run(layer, 6, 10)).not.toEqual(first);
    scoped(() => {
      const x = tf().tensor1d(ramp);
      expect(layer(x, { training: false })).toBe(x);
    });
  });

  test('captured, equals the eager one bit for bit at every step', () => {
    const inputs: Record<'x' | 'step', HostTensor> = { x: { dtype: 'float32', shape: [SIZE], data: ramp }, step: { dtype: 'int32', shape: [], data: Int32Array.of(0) } };
    const program = new Program([]);
    const captured = program.step('pass', ({ x, step }: Record<'x' | 'step', Tensor>) => ({ outputs: { y: layer(x, { training: true, random: { seed: 5, step: step as Scalar } }) } }));
    for (const step of [0, 7]) {
      expect([...captured.run({ ...inputs, step: { dtype: 'int32', shape: [], data: Int32Array.of(step) } }, ['y'])[0]!.data]).toEqual(run(layer, 5, step));
    }
    program.dispose();
  });
});

test.each([0.3, 0.25])('dropout of %d keeps 1 - rate, scales what it keeps, and its gradient is the same mask', (rate) => {
  const layer = dropout(new Parameters(1).scope('a'), rate);
  const y = run(layer, 5, 10);
  const scale = Math.fround(1 / (1 - rate));
  y.forEach((value, index) => expect([0, Math.fround(ramp[index]! * scale)]).toContain(value));
  expect(y.filter((value) => value !== 0).length / SIZE).toBeCloseTo(1 - rate, 1.5);
  scoped(() => {
    const random = { seed: 5, step: tf().scalar(10, 'int32') };
    const gradient = tf().grad((x: Tensor) => layer(x, { training: true, random }).sum())(tf().tensor1d(ramp));
    expect([...gradient.dataSync()]).toEqual(y.map((value) => (value === 0 ? 0 : scale)));
  });
});

test('noise has its deviation', () => {
  const noise = run(layers[2]![1], 5, 10).map((value, index) => value - ramp[index]!);
  expect(Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / SIZE)).toBeCloseTo(0.5, 1.5);
  expect(noise.reduce((sum, value) => sum + value, 0) / SIZE).toBeCloseTo(0, 1.5);
});

test('two layers of one model draw different masks', () => {
  const other = dropout(new Parameters(1).scope('b'), 0.3);
  expect(run(other, 5, 10)).not.toEqual(run(layers[0]![1], 5, 10));
});
