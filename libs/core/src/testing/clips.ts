import { deriveSeed } from '../random';
import { labelledBatch, type BatchSource } from '../training/batches';
import { uniformNumbers } from '../decoding/random';

/**
 * Clips of 4 frames of 8 x 8 in which a bright bar moves down (class 0) or up (class 1) from anywhere, around the edges: over the frames,
 * it stands anywhere as often in both classes.
 */
export function movingBars(seed: number, stepsPerEpoch: number, batchSize: number): BatchSource {
  const [frames, side] = [4, 8];
  return {
    stepsPerEpoch,
    batch(epoch, step) {
      const random = uniformNumbers(deriveSeed(seed, epoch, step));
      const x = new Float32Array(batchSize * frames * side * side);
      const y = new Int32Array(batchSize);
      for (let clip = 0; clip < batchSize; clip += 1) {
        const [label, start] = [Math.floor(random() * 2), Math.floor(random() * side)];
        y[clip] = label;
        for (let frame = 0; frame < frames; frame += 1) {
          const row = (start + (label === 0 ? frame : frames - frame) + side) % side;
          for (let column = 0; column < side; column += 1) x[((clip * frames + frame) * side + row) * side + column] = 1;
        }
      }
      return labelledBatch(x, [batchSize, frames, side, side, 1], y);
    },
  };
}
