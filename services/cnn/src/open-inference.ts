import type { FamilyRuntime, OpenInference } from '@quartet/service-kit';
import { fromHostTensor, toTensor } from '@quartet/service-kit';
import { scores } from './classify';
import { manifestOf } from './model-info';
import { isVideo } from './video/manifest';
import { inferVideo, videoSignature } from './video/open-inference';

/** Images or clips in, logits and probabilities out: what Classify and ClassifyVideo make their answers of. */
export const openInference = (runtime: FamilyRuntime): OpenInference => ({
  signature(version) {
    if (isVideo(version)) return videoSignature(version);
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
  async infer(version, inputs, _wanted, call) {
    if (isVideo(version)) return inferVideo(runtime, version, inputs, call);
    const { images } = inputs;
    const { logits, probabilities } = await scores(runtime, version, { $case: 'batch', value: toTensor(images!) }, call);
    return { logits: fromHostTensor(logits), probabilities: fromHostTensor(probabilities) };
  },
});
