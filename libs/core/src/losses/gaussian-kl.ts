import type { Tensor } from '../engine';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import { perExample, sumPerExample } from './per-example';

/**
 * Kullback-Leibler divergence of a diagonal normal from the standard one, in nats, a sum over the latent (Kingma and Welling,
 * 2014): sum(mean^2 + variance - 1 - ln variance) / 2. No second derivative.
 *
 * @param mean [batch, latent]. @param logVariance [batch, latent].
 * @returns [batch].
 */
export function gaussianKl(mean: Tensor, logVariance: Tensor): Tensor {
  return differentiable(
    [mean, logVariance],
    (save) => {
      const variance = logVariance.exp();
      save(mean, variance);
      return sumPerExample(mean.square().add(variance).sub(logVariance).sub(1)).mul(0.5);
    },
    (dy, saved) => {
      firstOrderOnly('the divergence');
      const [centre, variance] = saved as [Tensor, Tensor];
      const weight = perExample(dy, centre);
      return [centre.mul(weight), variance.sub(1).mul(weight.mul(0.5))];
    },
  );
}
