import { QuartetError, type cnn } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from './model-info';
import { topClasses } from './top-classes';

/** Classes of images, most likely first. */
export async function classify(runtime: FamilyRuntime, request: cnn.ClassifyRequest, call: CallScope): Promise<cnn.ClassifyResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec, classNames } = manifestOf(version);
  const count = request.topK || 1;
  if (count > spec.classes) throw QuartetError.invalid('top_k', `is ${count}; the model has ${spec.classes} classes. Ask for at most that many`);
  const images = await readImages(request.input, spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const outputs = await runtime.infer(version, 'classify', { images }, call);
  const { probabilities, logits } = outputs as { probabilities: HostTensor; logits: HostTensor };
  return {
    results: topClasses(probabilities, count, classNames),
    modelVersion: version.version,
    logits: request.includeLogits ? toProtoTensor(logits) : undefined,
  };
}
