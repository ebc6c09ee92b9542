import { tf, type Tensor } from '../engine';
import type { NamedVariable } from '../layers/layer';
import type { Differentiated } from './differentiate';
import type { Metrics } from './events';

/** What was seen of a recurrent net in one step. */
export interface RecurrentObservation {
  /** |dL/dh_t| by the path of the cell, in the order in which the gradient comes about: the last one is nearest to the loss. */
  curves: Record<string, number[]>;
  /** Spectral radius of each recurrent kernel (of a gated cell's: of the block that makes the candidate), by the kernel's name. */
  radii: Metrics;
}

const KERNEL = 'recurrent_kernel';
/** Blocks of a kernel [units, gates * units] in the order of their gates: the third makes the candidate of an LSTM and of a GRU. */
const CANDIDATE = 2;

/** Looks at recurrent nets inside a step. What it adds costs nothing in the steps where it isn't fetched. */
export class RecurrentWatch {
  private readonly kernels: NamedVariable[];
  private paths: string[] = [];

  constructor(trainable: readonly NamedVariable[]) {
    this.kernels = trainable.filter(({ name }) => name.split('.').at(-1) === KERNEL);
  }

  /** Whether there is anything to look at. */
  get active(): boolean {
    return this.kernels.length > 0;
  }

  /**
   * To be called before the update.
   *
   * @returns `curves`: each curve's length and then its norms, as lengths differ from batch to batch; `kernels`: all, flattened.
   */
  outputs({ timeGradients }: Differentiated): { curves: Tensor; kernels: Tensor } {
    this.paths = timeGradients.map(({ path }) => path);
    const parts = timeGradients.flatMap(({ norms }) => [tf().tensor1d([norms.size]), norms]);
    return {
      curves: parts.length > 0 ? tf().concat(parts) : tf().zeros([1]),
      kernels: tf().concat(this.kernels.map(({ variable }) => variable.reshape([-1]))),
    };
  }

  read(curves: ArrayLike<number>, kernels: ArrayLike<number>): RecurrentObservation {
    return { curves: this.readCurves(curves), radii: this.readRadii(kernels) };
  }

  readCurves(packed: ArrayLike<number>): Record<string, number[]> {
    let at = 0;
    return Object.fromEntries(
      this.paths.map((path) => {
        const length = packed[at++] ?? 0;
        const norms = Array.from({ length }, (_, index) => packed[at + index] as number);
        at += length;
        return [path, path.split('.').includes('backward') ? norms.reverse() : norms];
      }),
    );
  }

  private readRadii(flat: ArrayLike<number>): Metrics {
    let at = 0;
    return Object.fromEntries(
      this.kernels.map(({ name, variable }) => {
        const [units, width] = variable.shape as [number, number];
        const block = Math.min(width / units - 1, CANDIDATE) * units;
        const from = at;
        at += units * width;
        return [name, spectralRadius(units, (row, column) => flat[from + row * width + block + column] as number)];
      }),
    );
  }
}

const ITERATIONS = 48;

/**
 * The largest absolute eigenvalue of a square matrix, by power iteration: the mean growth of a vector over the second half of the
 * iterations, so that a pair of complex eigenvalues, under which a vector turns, does no harm. Good to a few percent.
 */
export function spectralRadius(size: number, at: (row: number, column: number) => number): number {
  let vector = Float64Array.from({ length: size }, (_, index) => 1 + 0.5 * Math.sin(1 + 7 * index));
  let growth = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const next = new Float64Array(size);
    for (let row = 0; row < size; row += 1) {
      const value = vector[row] as number;
      for (let column = 0; column < size; column += 1) next[column] = (next[column] as number) + value * at(row, column);
    }
    const factor = Math.hypot(...next) / Math.hypot(...vector);
    if (!(factor > 0) || !Number.isFinite(factor)) return factor === 0 ? 0 : NaN;
    if (iteration >= ITERATIONS / 2) growth += Math.log(factor);
    const norm = Math.hypot(...next);
    vector = next.map((value) => value / norm);
  }
  return Math.exp(growth / (ITERATIONS / 2));
}
