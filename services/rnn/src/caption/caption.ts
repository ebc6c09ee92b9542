import { QuartetError, type rnn, type Settings } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { foundIn } from '../decoding/engine';
import { readBeam, toOptionsTensor } from '../decoding/options';
import { checkCount } from '../inputs/check-count';
import { manifestFor } from '../manifest';
import { tokenizerFor } from '../text/tokenizer-for';
import { embedImages } from './embed';
import { scaled, stackedEmbeddings } from './examples';
import type { CaptionerPlan } from './plan';
import { readEmbeddings } from './read-embeddings';

/** Captions of images, best first. */
export async function caption(runtime: FamilyRuntime, request: rnn.CaptionRequest, call: CallScope): Promise<rnn.CaptionResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan } = manifestFor(version, 'caption');
  const beam = readBeam(request, plan.maxTokens);
  const { settings } = runtime;
  if (request.embeddings && request.images.length > 0) throw QuartetError.invalid('embeddings', 'is set beside images; send the one or the other');
  const embeddings = request.embeddings ? readEmbeddings(request, plan, settings.QUARTET_MAX_BATCH) : await embeddingsOf(request.images, plan, settings, call);
  const count = embeddings.length;
  const inputs = { embedding: stackedEmbeddings(embeddings.map((embedding) => scaled(embedding, plan))), options: toOptionsTensor(beam, false, count) };
  const outputs = await runtime.infer(version, 'decode', inputs, call);
  const tokenizer = tokenizerFor(plan.text);
  const results = embeddings.map((_, row) => ({ captions: foundIn(outputs, row).map(({ tokens, score }) => ({ text: tokenizer.decode(tokens), score })) }));
  return { results, modelVersion: version.version };
}

async function embeddingsOf(images: readonly Uint8Array[], { imageModel }: CaptionerPlan, settings: Settings, call: CallScope): Promise<Float32Array[]> {
  checkCount(images.length, 'images', settings.QUARTET_MAX_BATCH);
  const empty = images.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw QuartetError.invalid(`images[${empty}]`, 'is empty; send a PNG or JPEG file', 'UNDECODABLE_IMAGE');
  const deadlineMs = call.deadline && Math.max(1, call.deadline.getTime() - Date.now());
  return embedImages(images, { settings, imageModel, field: (index) => `images[${index}]`, signal: call.signal, deadlineMs });
}
