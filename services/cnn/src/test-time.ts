import { QuartetError, type cnn } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';

/** How a copy of an image is changed: mirrored left to right, then moved by whole pixels to the right and down. */
interface Change {
  flip: boolean;
  right: number;
  down: number;
}

/**
 * The changes whose answers are averaged, the image as it is first.
 * @throws QuartetError INVALID_FIELD for a shift that leaves less than half of the image
 */
export function changesOf(wanted: cnn.TestTimeAugmentation | undefined, [height = 0, width = 0]: readonly number[]): Change[] {
  const { flipHorizontal = false, shift = 0 } = wanted ?? {};
  const most = Math.floor(Math.min(height, width) / 2);
  if (shift > most) throw QuartetError.invalid('test_time_augmentation.shift', `is ${shift}; images of ${height} x ${width} pixels take 0 to ${most}`);
  const moves = [[0, 0], ...(shift > 0 ? [[0, -shift], [0, shift], [-shift, 0], [shift, 0]] : [])] as [number, number][];
  return [false, ...(flipHorizontal ? [true] : [])].flatMap((flip) => moves.map(([right, down]) => ({ flip, right, down })));
}

/** A changed copy of images [batch, height, width, channels]; what comes in is 0. */
export function changed({ dtype, shape, data }: HostTensor, { flip, right, down }: Change): HostTensor {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const moved = new Float32Array(data.length);
  for (let line = 0; line < batch * height; line++) {
    const row = (line % height) - down;
    if (row < 0 || row >= height) continue;
    const from = (line - down) * width;
    for (let x = 0; x < width; x++) {
      const column = flip ? width - 1 - (x - right) : x - right;
      if (column < 0 || column >= width) continue;
      for (let channel = 0; channel < channels; channel++) moved[(line * width + x) * channels + channel] = data[(from + column) * channels + channel]!;
    }
  }
  return { dtype, shape, data: moved };
}

/** The mean of answers of one shape. */
export function meanOf(answers: readonly HostTensor[]): HostTensor {
  const [first] = answers as [HostTensor];
  if (answers.length === 1) return first;
  const data = Float32Array.from(first.data, (_, index) => answers.reduce((sum, each) => sum + each.data[index]!, 0) / answers.length);
  return { dtype: 'float32', shape: first.shape, data };
}
