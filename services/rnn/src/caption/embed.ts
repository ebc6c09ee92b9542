import { CallError, connect, tensorToFloat32, type QuartetClient } from '@quartet/client';
import { QuartetError, type Settings } from '@quartet/contracts';
import type { CaptionerPlan } from './plan';

/** Images that are asked for together, at most. */
const AT_ONCE = 32;

let gateway: QuartetClient | undefined;

/** This process's connection to the gateway: families don't know each other's addresses. */
function gatewayOf(settings: Settings): QuartetClient {
  gateway ??= connect({ settings, address: settings.QUARTET_GATEWAY_ADDRESS, token: settings.QUARTET_SERVICE_TOKEN });
  return gateway;
}

export interface EmbedOptions {
  settings: Settings;
  imageModel: CaptionerPlan['imageModel'];
  /** Path of an image in the request, for messages. */
  field(index: number): string;
  signal?: AbortSignal | undefined;
  deadlineMs?: number | undefined;
}

/**
 * The CNN model's embeddings of encoded images.
 * @throws QuartetError UNAVAILABLE when the gateway or the CNN service is away, saying what to do; UNDECODABLE_IMAGE with the field of each image
 *   that can't be read; whatever else the CNN service says
 */
export async function embedImages(images: readonly Uint8Array[], options: EmbedOptions): Promise<Float32Array[]> {
  const { settings, imageModel, signal, deadlineMs } = options;
  const atOnce = Math.min(AT_ONCE, settings.QUARTET_MAX_BATCH);
  const vectors: Float32Array[] = [];
  // One after the other, in batches that are always the same: a training that is resumed sees the same numbers.
  for (let at = 0; at < images.length; at += atOnce) {
    const some = images.slice(at, at + atOnce).map((image) => ({ content: { $case: 'encoded' as const, value: Buffer.from(image) } }));
    const request = { model: { name: imageModel.name, target: { $case: 'version' as const, value: BigInt(imageModel.version) } }, input: { $case: 'images' as const, value: { images: some } } };
    const { embeddings } = await gatewayOf(settings)
      .cnn.embed(request, { ...(signal && { signal }), ...(deadlineMs && { deadlineMs }) })
      .catch((error: unknown) => {
        throw explained(error, at, options);
      });
    const values = tensorToFloat32(embeddings!);
    const features = Number(embeddings!.shape[1]);
    for (let row = 0; row < some.length; row++) vectors.push(values.slice(row * features, (row + 1) * features));
  }
  return vectors;
}

function explained(error: unknown, first: number, { settings, imageModel, field }: EmbedOptions): unknown {
  if (!(error instanceof CallError)) return error;
  const { reason } = error;
  if (reason === 'UNAVAILABLE') {
    const message = `CNN model '${imageModel.name}' version ${imageModel.version}, which embeds the images, can't be reached through the gateway at ${settings.QUARTET_GATEWAY_ADDRESS} (QUARTET_GATEWAY_ADDRESS): ${error.message}. Start the gateway and the CNN service`;
    return new QuartetError(reason, message, { retryAfterMs: error.retryAfterMs ?? 1000, cause: error });
  }
  // What the CNN service calls images.images[3].encoded is an image of this request.
  const renamed = (text: string): string => text.replace(/images\.images\[(\d+)\](\.encoded)?/g, (_, index: string) => field(first + Number(index)));
  const violations = error.violations.map((violation) => ({ field: renamed(violation.field), description: renamed(violation.description) }));
  return new QuartetError(reason, renamed(error.message), { violations, metadata: { ...error.metadata }, ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }), cause: error });
}
