import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, 'fixtures');

/** Bytes of a fixture, in memory of its own. */
export const fixture = (name: string): Buffer => Buffer.from(readFileSync(join(FOLDER, name)));
export const fixturePath = (name: string): string => join(FOLDER, name);

interface Values {
  shape: number[];
  values: number[];
}

/** Numbers from NumPy, SciPy and Pillow: see fixtures/make.py. */
export const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as {
  npy: Record<string, Values>;
  npz: { x_train_sum: number; x_test: number[]; y_test: number[]; mean: number; std: number };
  table: { values: number[]; mean: number[]; std: number[] };
  images: Record<string, Values>;
  warps: {
    shape: [number, number, number];
    image: number[];
    transform: { shiftX: number; shiftY: number; radians: number; scale: number; flip: boolean };
    expected: number[];
  }[];
};
