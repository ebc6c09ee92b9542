import { kindOf } from '@quartet/core';
import { fromFloats, fromHostTensor, toTensor, type FamilyRuntime, type OpenInference } from '@quartet/service-kit';
import { reconstruction } from './halves';
import { manifestOf } from './model-info';

/** Examples in, their reconstructions and errors out, as Reconstruct answers. */
export const openInference = (runtime: FamilyRuntime): OpenInference => ({
  signature(version) {
    const { spec, extra } = manifestOf(version);
    const example = extra.varied ? [-1, ...spec.inputShape.slice(1)] : spec.inputShape;
    return {
      // Of images UINT8 is 0..255, FP32 0..1; other data are in their columns' own units.
      inputs: [{ name: 'examples', datatypes: kindOf(spec) === 'image' ? ['FP32', 'UINT8'] : ['FP32', 'FP64'], shape: [-1, ...example], field: 'batch' }],
      outputs: [
        { name: 'reconstruction', datatype: 'FP32', shape: [-1, ...spec.inputShape] },
        { name: 'errors', datatype: 'FP32', shape: [-1] },
      ],
    };
  },
  async infer(version, { examples }, _wanted, call) {
    const { examples: back, errors } = await reconstruction(runtime, version, { $case: 'batch', value: toTensor(examples!) }, call);
    return { reconstruction: fromHostTensor(back), errors: fromFloats(Float32Array.from(errors), [errors.length]) };
  },
});
