import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npyHeader } from '../../npy/write';
import { Philox, Purpose } from '../../random/philox';
import { keepMade } from '../packages';
import { cachedFiles } from '../pinned-package';
import { builtin, type Builtin } from './builtin-data';
import { IMAGES } from './images';

/** Clips of each part; of each, the digits of MNIST's own part: none of the test part is in training. */
const COUNTS = { train: 4000, test: 1000 } as const;
const SOURCES = { train: 'train', test: 't10k' } as const;
const [FRAMES, SIDE, DIGIT, SOURCE] = [8, 32, 14, 28];
/** Pixels from frame to frame: so much at least, that a direction can be seen, and at most, that the digit stays within. */
const SPEED = { least: 1, most: 2.5 };
const SEED = 1;
/** By class: 45 degrees on from one to the next, clockwise as seen. */
export const DIRECTIONS = ['right', 'down-right', 'down', 'down-left', 'left', 'up-left', 'up', 'up-right'];
const IDX_HEADER = 16;
const LABELS_HEADER = 8;

/** The examples are the same whatever the class is. */
const EXAMPLES = {
  'x_train.npy': 'ca888289194a623ac88a59b7892f5d4256df743e518e9750404939307f88a99f',
  'x_test.npy': '0e866301c989879aa8ca5950f0e5252a71827f56e102d30dc5146a884dfc7e6e',
};

type ClassOf = 'direction' | 'digit';

/** Moving MNIST: handwritten digits of half their size that move straight on, 8 frames of 32 x 32; the class is the direction, or the digit. */
const movingMnist = (name: string, classOf: ClassOf, labels: Readonly<Record<'y_train.npy' | 'y_test.npy', string>>, classNames?: readonly string[]): Builtin =>
  builtin(name, `${name}-1`, { ...EXAMPLES, ...labels }, { format: 'numpy', ...(classNames && { classNames }) }, async (fetching) => {
    const digits = await cachedFiles(IMAGES['mnist']!, fetching.cacheDir, fetching.signal);
    await keepMade(fetching.folder, async (made) => {
      for (const part of ['train', 'test'] as const) {
        const read = async (file: string, header: number) => (await readFile(digits.get(`${SOURCES[part]}-${file}`)!)).subarray(header);
        const [images, classes] = [await read('images-idx3-ubyte', IDX_HEADER), await read('labels-idx1-ubyte', LABELS_HEADER)];
        const moved = moving(images, classes, COUNTS[part], part === 'train' ? 0 : COUNTS.train);
        await writeFile(join(made, `x_${part}.npy`), Buffer.concat([npyHeader('|u1', [COUNTS[part], FRAMES, SIDE, SIDE, 1]), moved.clips]));
        await writeFile(join(made, `y_${part}.npy`), Buffer.concat([npyHeader('|u1', [COUNTS[part]]), moved[classOf]]));
      }
    });
  });

/** @param offset Number of the first clip: all its drawings follow from it. */
function moving(images: Uint8Array, classes: Uint8Array, count: number, offset: number): Record<'clips' | ClassOf, Uint8Array> {
  const size = FRAMES * SIDE * SIDE;
  const [clips, directions, digits] = [new Uint8Array(count * size), new Uint8Array(count), new Uint8Array(count)];
  for (let clip = 0; clip < count; clip++) {
    const random = new Philox(SEED, Purpose.augment).seek(offset + clip, 0);
    const direction = random.below(DIRECTIONS.length);
    const speed = SPEED.least + (SPEED.most - SPEED.least) * random.unit();
    const digit = random.below(images.length / SOURCE ** 2);
    const small = halved(images.subarray(digit * SOURCE ** 2));
    // Rounded: the last digit of a cosine may differ between machines.
    const [dx, dy] = [Math.cos, Math.sin].map((of) => (Math.round(1e6 * of((Math.PI / 4) * direction)) / 1e6) * speed) as [number, number];
    const [x, y] = [start(dx, random.unit()), start(dy, random.unit())];
    for (let frame = 0; frame < FRAMES; frame++) {
      const corner = clip * size + frame * SIDE * SIDE + Math.round(y + dy * frame) * SIDE + Math.round(x + dx * frame);
      for (let row = 0; row < DIGIT; row++) clips.set(small.subarray(row * DIGIT, (row + 1) * DIGIT), corner + row * SIDE);
    }
    directions[clip] = direction;
    digits[clip] = classes[digit]!;
  }
  return { clips, direction: directions, digit: digits };
}

/** Where along an axis a digit begins, such that it is within the frame to the end. */
function start(step: number, share: number): number {
  const [room, way] = [SIDE - DIGIT, step * (FRAMES - 1)];
  return Math.max(0, -way) + share * (room - Math.abs(way));
}

/** The mean of each four pixels. */
function halved(image: Uint8Array): Uint8Array {
  const small = new Uint8Array(DIGIT * DIGIT);
  for (let y = 0; y < DIGIT; y++) {
    for (let x = 0; x < DIGIT; x++) {
      const at = 2 * y * SOURCE + 2 * x;
      small[y * DIGIT + x] = (image[at]! + image[at + 1]! + image[at + SOURCE]! + image[at + SOURCE + 1]!) >> 2;
    }
  }
  return small;
}

export const VIDEOS: Readonly<Record<string, Builtin>> = {
  'moving-mnist': movingMnist(
    'moving-mnist',
    'direction',
    { 'y_train.npy': '1dee3a9983573ffea857ae7cf11d94f9ce6edeb6132ec02c18a2c9f77e723b40', 'y_test.npy': '19c049c22c3df74995ca8a52354c8560fc33047c23bfb07fe7aba6a99172050e' },
    DIRECTIONS,
  ),
  'moving-mnist-digits': movingMnist('moving-mnist-digits', 'digit', { 'y_train.npy': 'd5c1e3e54dbf77c626ab51f3afb244360be52bacf96b6f5f71fe87ab33502c6c', 'y_test.npy': '285711a492c21b7b129941bd3a9a636db391aec286c52beced974ec24d25b593' }),
};
