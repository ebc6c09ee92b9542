import { QuartetError } from '@quartet/contracts';
import { loadArtifact, type HostTensor, type InferenceModel } from '@quartet/core';
import type { HostedModel, ModelHost, Tensors } from '@quartet/service-kit';

/** Batch sizes that are run once before the first request. */
const WARM_UP = [1, 8, 32];

/** Loaded in an engine worker: holds CNN models in TensorFlow's memory. */
export const host: ModelHost = {
  async load(folder) {
    const model = await loadArtifact(folder);
    for (const size of WARM_UP) model.predict(blank([size, ...model.manifest.spec.inputShape]));
    return hosted(model);
  },
};

function hosted(model: InferenceModel): HostedModel {
  return {
    run(method, { images }): Tensors {
      if (!images) throw new QuartetError('INTERNAL', `the method ${method} takes a tensor named images`);
      const { logits, probabilities, embedding } = model.predict(images);
      return method === 'embed' ? { embedding } : { logits, probabilities };
    },
    dispose: () => model.dispose(),
  };
}

function blank(shape: number[]): HostTensor {
  return { dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}
