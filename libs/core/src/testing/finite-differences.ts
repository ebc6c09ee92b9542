import type { TensorData } from '../tensor/host-tensor';

/** A function of several float32 arrays, and its gradient by each. */
export interface Differentiated {
  value: (inputs: Float32Array[]) => number;
  gradients: TensorData[];
}

/**
 * The largest disagreement, over random directions, between a gradient and central differences of the value: relative to the
 * derivative's own size, |gradient| |direction|.
 *
 * @param step Large enough that float32's rounding is small against the change, small enough that curvature is.
 */
export function gradientError({ value, gradients }: Differentiated, inputs: Float32Array[], step = 1e-2): number {
  const random = uniform(3);
  return Math.max(
    ...[0, 1, 2].map(() => {
      const directions = inputs.map((input) => input.map(() => random() - 0.5));
      const moved = (by: number): Float32Array[] => inputs.map((input, i) => input.map((x, j) => x + by * directions[i]![j]!));
      const measured = (value(moved(step)) - value(moved(-step))) / (2 * step);
      const products = gradients.flatMap((gradient, i) => Array.from(gradient, (g, j) => g * directions[i]![j]!));
      const expected = products.reduce((a, b) => a + b, 0);
      const size = Math.sqrt(products.reduce((a, b) => a + b * b, 0));
      return Math.abs(measured - expected) / Math.max(size, 1e-3);
    }),
  );
}

function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}
