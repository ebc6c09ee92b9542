import { cnn, QuartetError, type Version } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { layerNamed, layersOf } from './explain/layers';
import { manifestOf } from './model-info';

/** The activations of the last hidden layer, or of one that is named, a vector an image. */
export async function embed(runtime: FamilyRuntime, request: cnn.EmbedRequest, call: CallScope): Promise<cnn.EmbedResponse> {
  const version = await runtime.resolve(request.model, call);
  const images = await readImages(request.input, manifestOf(version).spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const method = request.layer ? await methodOf(runtime, version, request.layer, images.shape[0] ?? 0, call) : 'embed';
  const { embedding, output } = await runtime.infer(version, method, { images }, call);
  return { embeddings: toProtoTensor(asVectors((embedding ?? output)!)), modelVersion: version.version };
}

/** @throws QuartetError INVALID_FIELD or LIMIT_EXCEEDED */
async function methodOf(runtime: FamilyRuntime, version: Version, { name, pooling }: cnn.EmbeddingLayer, count: number, call: CallScope): Promise<string> {
  if (!(pooling in cnn.LayerPooling)) throw QuartetError.invalid('layer.pooling', `received ${pooling}, expected LAYER_POOLING_AVERAGE or LAYER_POOLING_FLATTEN`);
  const layer = layerNamed(await layersOf(runtime, version, call), name, 'layer.name');
  if (pooling !== cnn.LayerPooling.LAYER_POOLING_FLATTEN) return `means:${layer.name}`;
  const bytes = 4 * count * layer.shape.reduce((a, b) => a * b, 1);
  const most = runtime.settings.QUARTET_MAX_MESSAGE_BYTES;
  if (bytes <= most) return `activations:${layer.name}`;
  throw QuartetError.invalid('layer.pooling', `gives ${bytes} bytes for ${count} images at ${layer.name}, expected fewer than ${most} (QUARTET_MAX_MESSAGE_BYTES); take the average, or send fewer images`, 'LIMIT_EXCEEDED');
}

/** [batch, ...] -> [batch, features]. */
const asVectors = (tensor: HostTensor): HostTensor => {
  const [count = 0] = tensor.shape;
  return { ...tensor, shape: [count, count > 0 ? tensor.data.length / count : 0] };
};
