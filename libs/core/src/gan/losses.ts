import type { Scalar, Tensor } from '../engine';
import { relu, softplus } from '../ops/activations';
import type { AdversarialLoss } from './spec';

/** What each player minimizes. Scores are [batch], the higher the more like real ones. */
export interface AdversarialLosses {
  discriminator(real: Tensor, fake: Tensor): Scalar;
  generator(fake: Tensor): Scalar;
  /** The score above which an example passes for real; undefined where scores have no such place of their own. */
  threshold: number | undefined;
}

export const ADVERSARIAL_LOSSES: Readonly<Record<AdversarialLoss, AdversarialLosses>> = {
  nonSaturating: {
    discriminator: (real, fake) => softplus(real.neg()).mean().add(softplus(fake).mean()),
    generator: (fake) => softplus(fake.neg()).mean(),
    threshold: 0,
  },
  leastSquares: {
    discriminator: (real, fake) => real.sub(1).square().mean().add(fake.square().mean()).mul(0.5),
    generator: (fake) => fake.sub(1).square().mean().mul(0.5),
    threshold: 0.5,
  },
  hinge: {
    discriminator: (real, fake) => relu(real.neg().add(1)).mean().add(relu(fake.add(1)).mean()),
    generator: (fake) => fake.mean().neg().asScalar(),
    threshold: 0,
  },
  // The small last term keeps scores near 0, where a Wasserstein critic has no place of its own (Karras et al., 2018).
  wasserstein: {
    discriminator: (real, fake) => fake.mean().sub(real.mean()).add(real.square().mean().mul(1e-3)),
    generator: (fake) => fake.mean().neg().asScalar(),
    threshold: undefined,
  },
};
