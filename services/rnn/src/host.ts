import { QuartetError } from '@quartet/contracts';
import { loadModel, type HostTensor, type LoadedModel } from '@quartet/core';
import type { HostedModel, ModelHost, Tensors } from '@quartet/service-kit';
import { hostedCaptioner } from './caption/host';
import type { Plan } from './manifest';
import { hostedTranslator } from './translate/host';

/** Batch sizes that are run once before the first request. */
const WARM_UP = [1, 8];

/** Loaded in an engine worker: holds RNN models in TensorFlow's memory. A method is a function of the model. */
export const host: ModelHost = {
  async load(folder) {
    const model = await loadModel<Plan>(folder);
    const { spec } = model.manifest;
    if (spec.task === 'translate') return hostedTranslator(folder, model, spec);
    if (spec.task === 'caption') return hostedCaptioner(model, spec);
    for (const method of Object.keys(model.manifest.signatures)) for (const size of WARM_UP) model.run(blank(model, method, size), undefined, method);
    return hosted(model);
  },
};

function hosted(model: LoadedModel): HostedModel {
  return {
    run(method, inputs): Tensors {
      if (!model.manifest.signatures[method]) throw new QuartetError('INTERNAL', `the model has no function ${method}`);
      return model.run(inputs, undefined, method);
    },
    dispose: () => model.dispose(),
  };
}

/** Inputs of zeros; a length is 1. */
function blank(model: LoadedModel, method: string, batch: number): Record<string, HostTensor> {
  const { inputs } = model.manifest.signatures[method]!;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, shape }]): [string, HostTensor] => {
      const whole = [batch, ...shape.slice(1)];
      const size = whole.reduce((a, b) => a * b, 1);
      return [name, dtype === 'int32' ? { dtype, shape: whole, data: new Int32Array(size).fill(1) } : { dtype: 'float32', shape: whole, data: new Float32Array(size) }];
    }),
  );
}
