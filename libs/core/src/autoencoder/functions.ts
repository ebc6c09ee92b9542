import { DEFAULT_SIGNATURE, type ExportableModel } from '../artifact/export-model';
import { tf, type Tensor } from '../engine';
import type { Autoencoder } from './build';
import type { AutoencoderSpec } from './spec';

/**
 * An autoencoder's functions as its artefact has them: examples are images in 0..1, rows or series in their columns' own units.
 * `serving_default`: examples -> reconstruction and latent. `encode`: examples -> latent (and log_variance of a variational one).
 * `decode`: latent -> examples.
 */
export function autoencoderFunctions(model: Autoencoder): ExportableModel {
  const { inputShape, latentSize } = model.spec;
  const { scaled, unscaled } = scaling(model.spec);
  const inputs = { examples: { dtype: 'float32' as const, shape: inputShape } };
  const decoded = (latent: Tensor): Tensor => unscaled(model.toExamples(model.decode(latent)));
  return {
    weights: model.weights,
    functions: {
      [DEFAULT_SIGNATURE]: {
        inputs,
        compute: ({ examples }): Record<string, Tensor> => {
          const { latent } = model.encode(scaled(examples!));
          return { reconstruction: decoded(latent), latent };
        },
      },
      encode: {
        inputs,
        compute: ({ examples }): Record<string, Tensor> => {
          const { latent, logVariance } = model.encode(scaled(examples!));
          return logVariance ? { latent, log_variance: logVariance } : { latent };
        },
      },
      decode: {
        inputs: { latent: { dtype: 'float32' as const, shape: [latentSize] } },
        compute: ({ latent }) => ({ examples: decoded(latent!) }),
      },
    },
  };
}

/** From a column's own units to the network's scale, and back. */
function scaling({ scale }: AutoencoderSpec): Record<'scaled' | 'unscaled', (x: Tensor) => Tensor> {
  if (!scale) return { scaled: (x) => x, unscaled: (x) => x };
  const vector = (values: number[]): Tensor => tf().tensor1d(values, 'float32');
  return {
    scaled: (x) => x.sub(vector(scale.mean)).div(vector(scale.deviation)),
    unscaled: (x) => x.mul(vector(scale.deviation)).add(vector(scale.mean)),
  };
}
