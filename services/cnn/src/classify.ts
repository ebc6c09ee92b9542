import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, type CallScope, type FamilyRuntime, type ImageInput } from '@quartet/service-kit';
import { manifestOf } from './model-info';
import { topClasses } from './top-classes';

/** Classes of images, most likely first. */
export async function classify(runtime: FamilyRuntime, request: cnn.ClassifyRequest, call: CallScope): Promise<cnn.ClassifyResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec, classNames } = manifestOf(version);
  const count = request.topK || 1;
  if (count > spec.classes) throw QuartetError.invalid('top_k', `is ${count}; the model has ${spec.classes} classes. Ask for at most that many`);
  const { probabilities, logits } = await scores(runtime, version, request.input, call);
  return {
    results: topClasses(probabilities, count, classNames),
    modelVersion: version.version,
    logits: request.includeLogits ? toProtoTensor(logits) : undefined,
  };
}

/** What the network says of images: [batch, classes] each. */
export async function scores(runtime: FamilyRuntime, version: Version, input: ImageInput, call: CallScope): Promise<Record<'probabilities' | 'logits', HostTensor>> {
  const images = await readImages(input, manifestOf(version).spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  return (await runtime.infer(version, 'classify', { images }, call)) as Record<'probabilities' | 'logits', HostTensor>;
}
