// The copying task (Hochreiter and Schmidhuber, 1997; as in Arjovsky et al., 2016), small: one of four symbols, then blanks, then a mark, at
// which the symbol is wanted. Guessing has a cross entropy of ln 4.
import { core, float32, int32 } from './process.mjs';

export const SYMBOLS = 4;
export const COPY_GUESSING = Math.log(SYMBOLS);
/** Below this the task counts as solved. */
export const COPY_SOLVED = 0.1;

/** x [batch, length, symbols + 1]: the symbol at the first step, a mark at the last. y [batch], int32. */
export function copyBatch(length, size, ...seed) {
  const random = core.uniformNumbers(core.deriveSeed(...seed));
  const width = SYMBOLS + 1;
  const [x, y] = [new Float32Array(size * length * width), new Int32Array(size)];
  for (let row = 0; row < size; row += 1) {
    y[row] = Math.floor(random() * SYMBOLS);
    x[row * length * width + y[row]] = 1;
    x[(row * length + length - 1) * width + SYMBOLS] = 1;
  }
  return { inputs: { x: float32([size, length, width], x), y: int32([size], y) }, count: size };
}
