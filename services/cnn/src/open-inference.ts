import type { FamilyRuntime, OpenInference } from '@quartet/service-kit';
import { fromHostTensor, toTensor } from '@quartet/service-kit';
import { scores } from './classify';
import { manifestOf } from './model-info';

/** Images in, logits and probabilities out: what Classify makes its answer of. */
export const openInference = (runtime: FamilyRuntime): OpenInference => ({
  signature(version) {
    const { spec, classNames } = manifestOf(version);
    const shape = [-1, spec.classes];
    return {
      // UINT8 is 0..255, FP32 0..1, as in typed calls.
      inputs: [{ name: 'images', datatypes: ['FP32', 'UINT8'], shape: [-1, ...spec.inputShape], field: 'batch' }],
      outputs: [
        { name: 'logits', datatype: 'FP32', shape },
        { name: 'probabilities', datatype: 'FP32', shape, classNames: Array.from({ length: spec.classes }, (_, index) => classNames[index] ?? `${index}`) },
      ],
    };
  },
  async infer(version, { images }, _wanted, call) {
    const { logits, probabilities } = await scores(runtime, version, { $case: 'batch', value: toTensor(images!) }, call);
    return { logits: fromHostTensor(logits), probabilities: fromHostTensor(probabilities) };
  },
});
