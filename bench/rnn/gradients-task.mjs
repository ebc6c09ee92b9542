// The adding task (Hochreiter and Schmidhuber, 1997): a sequence of numbers in 0..1, two of them marked; wanted is the sum of those two.
// Answering 1, the mean, whatever comes has a mean squared error of 1/6: who is no better has learnt nothing.
import { core, float32 } from './process.mjs';

export const GUESSING = 1 / 6;
/** Below this the task counts as solved. */
export const SOLVED = 0.01;

/** x [batch, length, 2]: number and mark; one mark in each half. y [batch, 1]. */
export function addingBatch(length, size, ...seed) {
  const random = core.uniformNumbers(core.deriveSeed(...seed));
  const [x, y] = [new Float32Array(size * length * 2), new Float32Array(size)];
  for (let row = 0; row < size; row += 1) {
    for (let t = 0; t < length; t += 1) x[(row * length + t) * 2] = random();
    const half = Math.floor(length / 2);
    for (const t of [Math.floor(random() * half), half + Math.floor(random() * (length - half))]) {
      x[(row * length + t) * 2 + 1] = 1;
      y[row] += x[(row * length + t) * 2];
    }
  }
  return { inputs: { x: float32([size, length, 2], x), y: float32([size, 1], y) }, count: size };
}
