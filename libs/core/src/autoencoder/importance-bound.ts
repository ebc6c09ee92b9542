import { Program } from '../capture/program';
import { binaryCrossEntropyWithLogits } from '../losses/binary-cross-entropy';
import { meanSquaredError } from '../losses/regression';
import { deriveSeed, statelessNormal, type Seed } from '../random';
import { type HostTensor } from '../tensor/host-tensor';
import type { Autoencoder } from './build';
import { sizeOf } from './spec';

/** Examples of one run, and latents that each draws in it. */
const EXAMPLES = 16;
const DRAWS = 50;

export interface ImportanceBound {
  /** Negative evidence lower bound, in nats an example, a mean over the draws. */
  negativeElbo: number;
  /** Negative importance-weighted bound of `draws` draws: nearer to the negative log likelihood, and never above the first in the mean. */
  negativeLogLikelihood: number;
}

/**
 * Bounds a variational autoencoder's negative log likelihood by importance-weighted draws of the latent (Burda, Grosse and Salakhutdinov,
 * 2016).
 *
 * @param examples [count, ...inputShape], flat: images in 0..1 (of a `bernoulli` likelihood black and white), or scaled rows.
 * @param draws A multiple of 50 is drawn.
 */
export function importanceBound(model: Autoencoder, examples: Float32Array, draws: number, seed: Seed): ImportanceBound {
  const { spec } = model;
  const { inputShape, latentSize, likelihood, deviation } = spec;
  const size = sizeOf(spec);
  const count = examples.length / size;
  const rounds = Math.ceil(draws / DRAWS);
  const program = new Program(model.weights);
  const weigh = program.step('weigh', ({ x, step }) => {
    const { latent, logVariance } = model.encode(x!);
    const noise = statelessNormal([EXAMPLES, DRAWS, latentSize], deriveSeed(seed, 'importance'), step!.asScalar());
    const z = noise.mul(logVariance!.mul(0.5).exp().expandDims(1)).add(latent.expandDims(1));
    // ln p(z) - ln q(z | x): the constants cancel out.
    const prior = noise.square().add(logVariance!.expandDims(1)).sub(z.square()).sum(2).mul(0.5);
    const logits = model.decode(z.reshape([EXAMPLES * DRAWS, latentSize]));
    const truth = x!.expandDims(1).tile([1, DRAWS, ...inputShape.map(() => 1)]).reshape([EXAMPLES * DRAWS, ...inputShape]);
    const nats =
      likelihood === 'bernoulli'
        ? binaryCrossEntropyWithLogits(logits, truth).mul(size)
        : meanSquaredError(model.toExamples(logits), truth).mul(size / (2 * deviation ** 2)).add(size * (Math.log(deviation) + 0.5 * Math.log(2 * Math.PI)));
    return { outputs: { weights: prior.sub(nats.reshape([EXAMPLES, DRAWS])) } };
  });
  let [elbo, bound] = [0, 0];
  let step = 0;
  for (let first = 0; first < count; first += EXAMPLES) {
    const data = new Float32Array(EXAMPLES * size);
    data.set(examples.subarray(first * size, (first + EXAMPLES) * size));
    const x: HostTensor = { dtype: 'float32', shape: [EXAMPLES, ...inputShape], data };
    const all = Array.from({ length: rounds }, () => weigh.run({ x, step: { dtype: 'int32', shape: [], data: Int32Array.of(step++) } }, ['weights'])[0]!.data);
    for (let row = 0; row < Math.min(EXAMPLES, count - first); row += 1) {
      const weights = all.flatMap((values) => [...values.subarray(row * DRAWS, (row + 1) * DRAWS)]);
      const most = weights.reduce((a, b) => Math.max(a, b));
      elbo += weights.reduce((a, b) => a + b) / weights.length / count;
      bound += (most + Math.log(weights.reduce((sum, value) => sum + Math.exp(value - most), 0) / weights.length)) / count;
    }
  }
  program.dispose();
  return { negativeElbo: -elbo, negativeLogLikelihood: -bound };
}
