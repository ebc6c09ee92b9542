import type { Version } from '@quartet/contracts';
import { fromHostTensor, toTensor, type CallScope, type FamilyRuntime, type InferenceSignature, type InferenceTensors } from '@quartet/service-kit';
import { readClips } from './read-clips';
import { videoManifestOf } from './manifest';
import { clipScores } from './scores';

/** Clips in, logits and probabilities out: what ClassifyVideo makes its answer of. */
export function videoSignature(version: Version): InferenceSignature {
  const { spec, classNames } = videoManifestOf(version);
  const shape = [-1, spec.classes];
  return {
    // UINT8 is 0..255, FP32 0..1, as in typed calls.
    inputs: [{ name: 'clips', datatypes: ['FP32', 'UINT8'], shape: [-1, ...spec.inputShape], field: 'batch' }],
    outputs: [
      { name: 'logits', datatype: 'FP32', shape },
      { name: 'probabilities', datatype: 'FP32', shape, classNames: Array.from({ length: spec.classes }, (_, index) => classNames[index] ?? `${index}`) },
    ],
  };
}

export async function inferVideo(runtime: FamilyRuntime, version: Version, { clips }: InferenceTensors, call: CallScope): Promise<InferenceTensors> {
  const { logits, probabilities } = await clipScores(runtime, version, await readClips(runtime, version, { $case: 'batch', value: toTensor(clips!) }, call), call);
  return { logits: fromHostTensor(logits), probabilities: fromHostTensor(probabilities) };
}
