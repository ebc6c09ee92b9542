import type { FamilyRuntime, InferenceTensors, OpenInference } from '@quartet/service-kit';
import { fromHostTensor, readImages, toTensor } from '@quartet/service-kit';
import { scores } from './classify';
import { manifestOf } from './model-info';
import { isVideo } from './video/manifest';
import { inferVideo, videoSignature } from './video/open-inference';

/** Images in; logits and probabilities out, what Classify makes its answer of, or the values that Predict answers. Clips: see videoSignature. */
export const openInference = (runtime: FamilyRuntime): OpenInference => ({
  signature(version) {
    if (isVideo(version)) return videoSignature(version);
    const { spec, classNames } = manifestOf(version);
    const shape = [-1, spec.classes];
    // UINT8 is 0..255, FP32 0..1, as in typed calls.
    const inputs = [{ name: 'images', datatypes: ['FP32' as const, 'UINT8' as const], shape: [-1, ...spec.inputShape], field: 'batch' }];
    if (spec.head === 'numbers') return { inputs, outputs: [{ name: 'values', datatype: 'FP32', shape }] };
    return {
      inputs,
      outputs: [
        { name: 'logits', datatype: 'FP32', shape },
        { name: 'probabilities', datatype: 'FP32', shape, classNames: Array.from({ length: spec.classes }, (_, index) => classNames[index] ?? `${index}`) },
      ],
    };
  },
  async infer(version, inputs, _wanted, call): Promise<InferenceTensors> {
    if (isVideo(version)) return inferVideo(runtime, version, inputs, call);
    const { inputShape, head } = manifestOf(version).spec;
    const input = { $case: 'batch' as const, value: toTensor(inputs['images']!) };
    if (head === 'numbers') {
      const { values } = await runtime.infer(version, 'predict', { images: await readImages(input, inputShape, runtime.settings.QUARTET_MAX_BATCH) }, call);
      return { values: fromHostTensor(values!) };
    }
    const { logits, probabilities } = await scores(runtime, version, input, call);
    return { logits: fromHostTensor(logits), probabilities: fromHostTensor(probabilities) };
  },
});
