import type { Scalar, Tensor } from '../engine';
import type { ForwardContext } from '../layers/layer';
import { binaryCrossEntropyWithLogits } from '../losses/binary-cross-entropy';
import { gaussianKl } from '../losses/gaussian-kl';
import { sumPerExample } from '../losses/per-example';
import { meanSquaredError } from '../losses/regression';
import { deriveSeed, statelessNormal, statelessUniform, type Seed } from '../random';
import { checkInput } from '../training/check-input';
import type { Objective, ObjectiveInputs, ObjectiveResult } from '../training/objective';
import type { Autoencoder } from './build';
import { corrupt } from './corrupt';
import { presence, present } from './presence';
import { kindOf, sizeOf, type AutoencoderSpec, type Variational } from './spec';

/** What an evaluation draws its noise from: always the same. */
const EVALUATION = { seed: 0, step: 0 };

/** How far an input is moved to see how far its latent moves. */
const NUDGE = 0.01;

/**
 * What an autoencoder learns: to give back its input `x`, [batch, ...inputShape] float32, as it was before its corruption; images in
 * 0..1, rows and series scaled. Metric `mse`, the mean squared error of a number. A variational one maximizes the evidence lower bound,
 * in nats an example, and has the metrics `reconstruction` and `kl` in nats as well.
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
      const random = context.random ?? EVALUATION;
      const x = spec.binarize ? binarized(inputs.x!, random.seed, random.step) : inputs.x!;
      const seen = spec.corruption ? corrupt(x, spec.corruption, random.seed, random.step) : x;
      const { latent, logVariance, commitment } = model.encode(seen, context);
      const mean = (each: Tensor): Scalar => each.mul(exampleWeights).sum();
      if (spec.variational && logVariance) {
        const z = sample(latent, logVariance, random.seed, random.step);
        return variational(model, spec.variational, { x, logits: model.decode(z, context), latent, logVariance }, given);
      }
      const logits = model.decode(latent, context);
      const mse = mean(squaredError(model.toExamples(logits), x));
      const terms: Tensor[] = [spec.likelihood === 'bernoulli' ? mean(binaryCrossEntropyWithLogits(logits, x)) : mse];
      if (spec.sparsity > 0) terms.push(mean(latent.abs().mean(1)).mul(spec.sparsity));
      if (spec.contraction) terms.push(mean(sensitivity(model, seen, latent, given)).mul(spec.contraction));
      if (commitment) terms.push(mean(commitment));
      return { loss: terms.reduce((sum, term) => sum.add(term)) as Scalar, metrics: { mse } };
    },
  };
}

/** Black or white, a pixel's grey being its probability of white: a pure function of (seed, step), without gradient. */
export function binarized(x: Tensor, seed: Seed, step: Scalar | number): Tensor {
  return statelessUniform(x.shape, deriveSeed(seed, 'binarize'), step).less(x).cast('float32');
}

/** Mean over each example's numbers, of a sequence over those that are there: [batch]. */
function squaredError(output: Tensor, x: Tensor): Tensor {
  if (x.rank !== 3) return meanSquaredError(output, x);
  const there = presence(x);
  return sumPerExample(output.sub(present(x)).mul(there).square()).div(sumPerExample(there).maximum(1));
}

/**
 * The squared Frobenius norm of the encoder's Jacobian, [batch], by a random direction a step (Hutchinson, 1990): for normal d of
 * deviation 1, |J d|^2 has it as its mean.
 */
function sensitivity(model: Autoencoder, seen: Tensor, latent: Tensor, { context }: ObjectiveInputs): Tensor {
  const { seed, step } = context.random ?? EVALUATION;
  const moved = seen.add(statelessNormal(seen.shape, deriveSeed(seed, 'contraction'), step).mul(NUDGE));
  return model.encode(moved, context).latent.sub(latent).div(NUDGE).square().sum(1);
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

function variational(model: Autoencoder, options: Variational, { x, logits, latent, logVariance }: Passed, { exampleWeights, context }: ObjectiveInputs): ObjectiveResult {
  const { spec } = model;
  const mean = (each: Tensor): Scalar => each.mul(exampleWeights).sum();
  const errors = squaredError(model.toExamples(logits), x);
  const reconstruction = mean(spec.likelihood === 'bernoulli' ? binaryCrossEntropyWithLogits(logits, x).mul(sizeOf(spec)) : gaussianNats(spec, errors, x));
  // [latent]: a mean over the examples of each unit's divergence.
  const units = gaussianKl(latent.reshape([-1, 1]), logVariance.reshape([-1, 1])).reshape(latent.shape).mul(exampleWeights.expandDims(1)).sum(0);
  const counted = options.freeBits > 0 ? units.maximum(options.freeBits).sum() : units.sum();
  const loss = reconstruction.add(warmUp(counted.mul(options.beta), options.warmUpSteps, context));
  return { loss: loss as Scalar, metrics: { mse: mean(errors), reconstruction, kl: units.sum() } };
}

/** Negative log likelihood of each example in nats under normals of one deviation: [batch]. @param errors Mean squared ones. */
function gaussianNats(spec: AutoencoderSpec, errors: Tensor, x: Tensor): Tensor {
  const each = errors.div(2 * spec.deviation ** 2).add(Math.log(spec.deviation) + 0.5 * Math.log(2 * Math.PI));
  return each.mul(kindOf(spec) === 'sequence' ? sumPerExample(presence(x)) : sizeOf(spec));
}

function warmUp(divergence: Tensor, steps: number, { random }: ForwardContext): Tensor {
  if (steps === 0 || !random) return divergence;
  return divergence.mul(random.step.cast('float32').add(1).div(steps).minimum(1));
}
