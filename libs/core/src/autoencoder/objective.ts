import type { Scalar, Tensor } from '../engine';
import type { ForwardContext } from '../layers/layer';
import { binaryCrossEntropyWithLogits } from '../losses/binary-cross-entropy';
import { gaussianKl } from '../losses/gaussian-kl';
import { meanSquaredError } from '../losses/regression';
import { deriveSeed, statelessNormal, type Seed } from '../random';
import { checkInput } from '../training/check-input';
import type { Objective, ObjectiveInputs, ObjectiveResult } from '../training/objective';
import type { Autoencoder } from './build';
import { corrupt } from './corrupt';
import { sizeOf, type AutoencoderSpec, type Variational } from './spec';

/** What an evaluation draws its noise from: always the same. */
const EVALUATION = { seed: 0, step: 0 };

/**
 * What an autoencoder learns: to give back its input `x`, [batch, ...inputShape] float32 in 0..1, as it was before its corruption.
 * Metric `mse`, the mean squared error of a pixel. A variational one maximizes the evidence lower bound, in nats an image, and has
 * the metrics `reconstruction` and `kl` in nats as well.
 */
export function autoencoderObjective(model: Autoencoder): Objective {
  const { spec } = model;
  return {
    weights: model.weights,
    metrics: spec.variational ? ['mse', 'reconstruction', 'kl'] : ['mse'],
    fingerprint: spec,
    check: (batch) => checkInput(batch, 'x', 'float32', spec.inputShape),
    compute(given) {
      const { inputs, exampleWeights, context } = given;
      const x = inputs.x!;
      const random = context.random ?? EVALUATION;
      const seen = spec.corruption ? corrupt(x, spec.corruption, random.seed, random.step) : x;
      const { latent, logVariance } = model.encode(seen, context);
      const mean = (each: Tensor): Scalar => each.mul(exampleWeights).sum();
      if (spec.variational && logVariance) {
        const z = sample(latent, logVariance, random.seed, random.step);
        return variational(spec, spec.variational, { x, logits: model.decode(z, context), latent, logVariance }, given);
      }
      const logits = model.decode(latent, context);
      const mse = mean(meanSquaredError(logits.sigmoid(), x));
      const error = spec.likelihood === 'bernoulli' ? mean(binaryCrossEntropyWithLogits(logits, x)) : mse;
      const loss = spec.sparsity > 0 ? error.add(mean(latent.abs().mean(1)).mul(spec.sparsity)) : error;
      return { loss: loss as Scalar, metrics: { mse } };
    },
  };
}

/** The latent drawn from its distribution (the reparameterization of Kingma and Welling, 2014). */
export function sample(mean: Tensor, logVariance: Tensor, seed: Seed, step: Scalar | number): Tensor {
  return mean.add(statelessNormal(mean.shape, deriveSeed(seed, 'latent'), step).mul(logVariance.mul(0.5).exp()));
}

interface Passed {
  x: Tensor;
  logits: Tensor;
  latent: Tensor;
  logVariance: Tensor;
}

function variational(spec: AutoencoderSpec, options: Variational, { x, logits, latent, logVariance }: Passed, { exampleWeights, context }: ObjectiveInputs): ObjectiveResult {
  const mean = (each: Tensor): Scalar => each.mul(exampleWeights).sum();
  const mse = mean(meanSquaredError(logits.sigmoid(), x));
  const reconstruction = spec.likelihood === 'bernoulli' ? mean(binaryCrossEntropyWithLogits(logits, x)).mul(sizeOf(spec)) : gaussianNats(spec, mse);
  // [latent]: a mean over the examples of each unit's divergence.
  const units = gaussianKl(latent.reshape([-1, 1]), logVariance.reshape([-1, 1])).reshape(latent.shape).mul(exampleWeights.expandDims(1)).sum(0);
  const counted = options.freeBits > 0 ? units.maximum(options.freeBits).sum() : units.sum();
  const loss = reconstruction.add(warmUp(counted.mul(options.beta), options.warmUpSteps, context));
  return { loss: loss as Scalar, metrics: { mse, reconstruction: reconstruction as Scalar, kl: units.sum() } };
}

/** Negative log likelihood of an image in nats under normals of one deviation. */
function gaussianNats(spec: AutoencoderSpec, mse: Scalar): Scalar {
  const size = sizeOf(spec);
  return mse.mul(size / (2 * spec.deviation ** 2)).add(size * (Math.log(spec.deviation) + 0.5 * Math.log(2 * Math.PI)));
}

function warmUp(divergence: Tensor, steps: number, { random }: ForwardContext): Tensor {
  if (steps === 0 || !random) return divergence;
  return divergence.mul(random.step.cast('float32').add(1).div(steps).minimum(1));
}
