import type { cnn } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from './model-info';

/** The activations of the last hidden layer, a vector an image. */
export async function embed(runtime: FamilyRuntime, request: cnn.EmbedRequest, call: CallScope): Promise<cnn.EmbedResponse> {
  const version = await runtime.resolve(request.model, call);
  const images = await readImages(request.input, manifestOf(version).spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const { embedding } = (await runtime.infer(version, 'embed', { images }, call)) as { embedding: HostTensor };
  return { embeddings: toProtoTensor(embedding), modelVersion: version.version };
}
