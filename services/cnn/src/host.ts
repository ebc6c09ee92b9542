import { QuartetError } from '@quartet/contracts';
import { loadArtifact, type HostTensor, type InferenceModel } from '@quartet/core';
import type { HostedModel, ModelHost, Tensors } from '@quartet/service-kit';
import { LookingGlass } from './explain/looking-glass';
import { holdsVideoModel, loadVideo } from './video/host';

/** Batch sizes that are run once before the first request. */
const WARM_UP = [1, 8, 32];

/** Loaded in an engine worker: holds CNN models in TensorFlow's memory. */
export const host: ModelHost = {
  async load(folder) {
    if (await holdsVideoModel(folder)) return loadVideo(folder);
    const model = await loadArtifact(folder);
    const served = hosted(model, await LookingGlass.of(folder, model.manifest.spec));
    // TensorFlow prepares each set of outputs at its first run.
    const methods = [model.manifest.spec.head === 'numbers' ? 'predict' : 'classify', 'embed'];
    for (const size of WARM_UP) for (const method of methods) await served.run(method, { images: blank([size, ...model.manifest.spec.inputShape]) });
    return served;
  },
};

function hosted(model: InferenceModel, glass: LookingGlass): HostedModel {
  return {
    run(method, inputs) {
      if (LookingGlass.knows(method)) return glass.run(method, inputs);
      const { images } = inputs;
      if (!images) throw new QuartetError('INTERNAL', `the method ${method} takes a tensor named images`);
      if (method === 'embed') return model.predict(images, ['embedding']);
      if (method === 'predict') return model.predict(images, ['values']);
      return model.predict(images, ['logits', 'probabilities']);
    },
    dispose() {
      model.dispose();
      glass.dispose();
    },
  };
}

function blank(shape: number[]): HostTensor {
  return { dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}
