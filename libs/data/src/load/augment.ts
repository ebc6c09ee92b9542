import { QuartetError } from '@quartet/contracts';
import { Philox, Purpose } from '../random/philox';
import { copyExample } from './copy-example';
import type { Augmentation } from './options';
import { drawTransform } from './transform';
import { UNIT } from './unit-scale';
import { eraseRectangle, warp } from './warp';

const BOUNDS = { shift: 0.5, rotate: 180, scale: 0.5, erase: 1 } as const;

/** True if anything is turned on. */
export const isAugmenting = ({ shift = 0, rotate = 0, scale = 0, flipHorizontal = false, erase = 0 }: Augmentation): boolean =>
  shift !== 0 || rotate !== 0 || scale !== 0 || flipHorizontal || erase !== 0;

/** Changes training images at random, each as a pure function of (seed, epoch, index of the example). */
export class Augmenter {
  private readonly random: Philox;
  private readonly height: number;
  private readonly width: number;
  private readonly channels: number;
  /** One image within a border of zeros. */
  private readonly padded: Float32Array;
  private readonly moves: boolean;

  /** @throws QuartetError INVALID_FIELD for a value out of its range. */
  constructor(
    exampleShape: readonly number[],
    private readonly augmentation: Augmentation,
    seed: bigint | number,
  ) {
    checkAugmentation(augmentation);
    [this.height, this.width, this.channels] = exampleShape as [number, number, number];
    this.random = new Philox(seed, Purpose.augment);
    this.padded = new Float32Array((this.height + 2) * (this.width + 2) * this.channels);
    this.moves = isAugmenting({ ...augmentation, erase: 0 });
  }

  /** Writes the changed example `row` to `out`, from `at` on. */
  apply(examples: Uint8Array | Float32Array, row: number, epoch: number, out: Float32Array, at: number): void {
    const { height, width, channels, augmentation } = this;
    const transform = drawTransform(this.random.seek(epoch, row), height, width, augmentation);
    const size = height * width * channels;
    if (this.moves) {
      this.pad(examples, row * size);
      warp(this.padded, height, width, channels, transform, out, at);
    } else copyExample(examples, row, size, out, at);
    if (transform.erase) eraseRectangle(out, at, width, channels, transform.erase);
  }

  private pad(examples: Uint8Array | Float32Array, from: number): void {
    const { height, width, channels, padded } = this;
    const line = width * channels;
    for (let row = 0; row < height; row++) {
      const [read, write] = [from + row * line, (row + 1) * (line + 2 * channels) + channels];
      if (examples instanceof Uint8Array) for (let i = 0; i < line; i++) padded[write + i] = UNIT[examples[read + i]!]!;
      else padded.set(examples.subarray(read, read + line), write);
    }
  }
}

function checkAugmentation(augmentation: Augmentation): void {
  for (const name of Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]) {
    const value = augmentation[name] ?? 0;
    if (value >= 0 && value <= BOUNDS[name]) continue;
    throw QuartetError.invalid(`augmentation.${name}`, `is ${value}; expected 0 to ${BOUNDS[name]}. Set 0 to turn it off.`);
  }
}
