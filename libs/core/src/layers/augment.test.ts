import { Program } from '../capture/program';
import { scoped, startEngine, tf, type Scalar, type Tensor } from '../engine';
import type { HostTensor } from '../tensor/host-tensor';
import { augmentation, type AugmentationOptions } from './augment';
import { Parameters } from './parameters';

beforeAll(() => {
  startEngine();
});

const [BATCH, HEIGHT, WIDTH, CHANNELS] = [32, 6, 5, 2];
const SHAPE = [BATCH, HEIGHT, WIDTH, CHANNELS];
const image = Float32Array.from({ length: BATCH * HEIGHT * WIDTH * CHANNELS }, (_, index) => 1 + (index % (HEIGHT * WIDTH * CHANNELS)));
const at = (values: ArrayLike<number>, example: number, y: number, x: number, channel: number): number =>
  y < 0 || y >= HEIGHT || x < 0 || x >= WIDTH ? 0 : values[((example * HEIGHT + y) * WIDTH + x) * CHANNELS + channel]!;

const apply = (options: AugmentationOptions, x: Tensor, step = 3): Tensor =>
  augmentation(new Parameters(1).scope('a'), options)(x, { training: true, random: { seed: 5, step: tf().scalar(step, 'int32') } });
const run = (options: AugmentationOptions, step?: number): Float32Array => scoped(() => apply(options, tf().tensor(image, SHAPE), step).dataSync() as Float32Array);

/** What an example was moved and mirrored by, found by trying all. */
function motions(values: ArrayLike<number>, example: number, shift: number): string[] {
  const found: string[] = [];
  for (const mirrored of [false, true]) {
    for (let down = -shift; down <= shift; down += 1) {
      for (let right = -shift; right <= shift; right += 1) {
        const source = (y: number, x: number, channel: number) => at(image, example, y + down, (mirrored ? WIDTH - 1 - x : x) + right, channel);
        if (everyPixel((y, x, channel) => at(values, example, y, x, channel) === source(y, x, channel))) found.push(`${mirrored} ${down} ${right}`);
      }
    }
  }
  return found;
}

function everyPixel(holds: (y: number, x: number, channel: number) => boolean): boolean {
  for (let index = 0; index < HEIGHT * WIDTH * CHANNELS; index += 1) {
    const channel = index % CHANNELS;
    const x = Math.floor(index / CHANNELS) % WIDTH;
    if (!holds(Math.floor(index / CHANNELS / WIDTH), x, channel)) return false;
  }
  return true;
}

test('shift and flip move whole pixels, each image by its own', () => {
  const values = run({ shift: 1, flip: true });
  const all = Array.from({ length: BATCH }, (_, example) => motions(values, example, 1));
  expect(all.map((found) => found.length)).toEqual(new Array(BATCH).fill(1));
  const distinct = new Set(all.flat());
  // Of the 18 that there are, 32 draws hit most.
  expect(distinct.size).toBeGreaterThan(11);
  expect([...distinct].filter((motion) => motion.startsWith('true')).length).toBeGreaterThan(3);
});

test('depends on the step; does nothing outside training, or with nothing to do', () => {
  expect(run({ shift: 1 })).toEqual(run({ shift: 1 }));
  expect(run({ shift: 1 })).not.toEqual(run({ shift: 1 }, 4));
  expect(run({})).toEqual(image);
  scoped(() => {
    const x = tf().tensor(image, SHAPE);
    expect(augmentation(new Parameters(1), { shift: 1 })(x, { training: false })).toBe(x);
  });
});

test('the gradient of shift and flip is exact: <dy, A x> = <A^T dy, x>', () => {
  scoped(() => {
    const x = tf().tensor(image, SHAPE);
    const dy = tf().randomNormal(SHAPE, 0, 1, 'float32', 7);
    const gradient = tf().grad((given: Tensor) => apply({ shift: 2, flip: true }, given).mul(dy).sum())(x);
    const perExample = (tensor: Tensor): Float32Array => tensor.sum([1, 2, 3]).dataSync() as Float32Array;
    const [left, right] = [perExample(apply({ shift: 2, flip: true }, x).mul(dy)), perExample(gradient.mul(x))];
    left.forEach((value, example) => expect(Math.abs(value - right[example]!)).toBeLessThan(1e-2));
  });
});

test('a turn keeps the centre, and the edge and the mirror fill what zero leaves black', () => {
  scoped(() => {
    const odd = tf().ones([8, 5, 5, 1]);
    const turned = (fill: AugmentationOptions['fill']) => apply({ rotation: 45, zoom: 0.3, fill }, odd).arraySync() as number[][][][];
    turned('zero').forEach((picture) => expect(picture[2]![2]![0]).toBeCloseTo(1, 5));
    expect(Math.min(...turned('zero').flat(3))).toBe(0);
    for (const fill of ['edge', 'mirror'] as const) expect(Math.min(...turned(fill).flat(3))).toBeCloseTo(1, 5);
  });
});

test('captured, equals the eager one at every step', () => {
  const program = new Program([]);
  const layer = augmentation(new Parameters(1).scope('a'), { shift: 1, flip: true });
  const captured = program.step('augment', ({ x, step }: Record<'x' | 'step', Tensor>) => ({ outputs: { y: layer(x, { training: true, random: { seed: 5, step: step as Scalar } }) } }));
  for (const step of [3, 4]) {
    const inputs: Record<'x' | 'step', HostTensor> = { x: { dtype: 'float32', shape: SHAPE, data: image }, step: { dtype: 'int32', shape: [], data: Int32Array.of(step) } };
    expect([...captured.run(inputs, ['y'])[0]!.data]).toEqual([...run({ shift: 1, flip: true }, step)]);
  }
  program.dispose();
});
