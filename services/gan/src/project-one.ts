import type { HostTensor } from '@quartet/core';

export interface Search {
  /** [1, ...shape]. */
  target: HostTensor;
  /** [candidates, latent], flat. */
  starts: Float32Array;
  latentSize: number;
  steps: number;
  /** Errors of latents, and their slopes. */
  run(z: HostTensor, x: HostTensor): { error: Float32Array; slope: Float32Array };
}

/** Latents that are followed down. */
const FOLLOWED = 4;
const RATE = 0.1;
const [BETA1, BETA2] = [0.9, 0.999];

/** Gradient descent (Adam, its rate falling to 0) on the error, from the best starts at once. */
export function projectOne({ target, starts, latentSize, steps, run }: Search): { latent: Float32Array; error: number } {
  const all = starts.length / latentSize;
  const { error: first } = run({ dtype: 'float32', shape: [all, latentSize], data: starts }, repeat(target, all));
  const order = Array.from({ length: all }, (_, at) => at).sort((a, b) => first[a]! - first[b]!).slice(0, FOLLOWED);
  const z = Float32Array.from(order.flatMap((at) => [...starts.subarray(at * latentSize, (at + 1) * latentSize)]));
  const wanted = repeat(target, order.length);
  const best = { latent: z.slice(0, latentSize), error: first[order[0]!] ?? Infinity };
  const [m, v] = [new Float64Array(z.length), new Float64Array(z.length)];
  for (let step = 1; step <= steps + 1; step += 1) {
    const { error, slope } = run({ dtype: 'float32', shape: [order.length, latentSize], data: z.slice() }, wanted);
    error.forEach((value, row) => {
      if (value >= best.error) return;
      best.error = value;
      best.latent = z.slice(row * latentSize, (row + 1) * latentSize);
    });
    const rate = RATE * (1 - (step - 1) / steps) * (Math.sqrt(1 - BETA2 ** step) / (1 - BETA1 ** step));
    for (let at = 0; at < z.length; at += 1) {
      const gradient = slope[at]!;
      m[at] = BETA1 * m[at]! + (1 - BETA1) * gradient;
      v[at] = BETA2 * v[at]! + (1 - BETA2) * gradient * gradient;
      z[at]! -= (rate * m[at]!) / (Math.sqrt(v[at]!) + 1e-8);
    }
  }
  return best;
}

function repeat({ shape, data }: HostTensor, times: number): HostTensor {
  const all = new Float32Array(data.length * times);
  for (let at = 0; at < times; at += 1) all.set(data, at * data.length);
  return { dtype: 'float32', shape: [times, ...shape.slice(1)], data: all };
}
