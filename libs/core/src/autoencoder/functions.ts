import { DEFAULT_SIGNATURE, type ExportableModel } from '../artifact/export-model';
import type { Tensor } from '../engine';
import type { Autoencoder } from './build';

/**
 * An autoencoder's functions as its artefact has them. `serving_default`: images -> reconstruction and latent. `encode`: images ->
 * latent (and log_variance of a variational one). `decode`: latent -> images.
 */
export function autoencoderFunctions(model: Autoencoder): ExportableModel {
  const { inputShape, latentSize } = model.spec;
  const images = { dtype: 'float32' as const, shape: inputShape };
  return {
    weights: model.weights,
    functions: {
      [DEFAULT_SIGNATURE]: {
        inputs: { images },
        compute: (inputs): Record<string, Tensor> => {
          const { latent } = model.encode(inputs.images!);
          return { reconstruction: model.decode(latent).sigmoid(), latent };
        },
      },
      encode: {
        inputs: { images },
        compute: (inputs): Record<string, Tensor> => {
          const { latent, logVariance } = model.encode(inputs.images!);
          return logVariance ? { latent, log_variance: logVariance } : { latent };
        },
      },
      decode: {
        inputs: { latent: { dtype: 'float32' as const, shape: [latentSize] } },
        compute: (inputs) => ({ images: model.decode(inputs.latent!).sigmoid() }),
      },
    },
  };
}
