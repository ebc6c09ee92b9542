import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { foundIn } from '../decoding/engine';
import { readBeam, toOptionsTensor } from '../decoding/options';
import { checkCount } from '../inputs/check-count';
import { manifestFor } from '../manifest';
import { tokenizerFor } from '../text/tokenizer-for';
import { embedImages } from './embed';
import { scaled, stackedEmbeddings } from './examples';

/** Captions of images, best first. */
export async function caption(runtime: FamilyRuntime, request: rnn.CaptionRequest, call: CallScope): Promise<rnn.CaptionResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan } = manifestFor(version, 'caption');
  const beam = readBeam(request, plan.maxTokens);
  const { settings } = runtime;
  const most = settings.QUARTET_MAX_BATCH;
  const count = request.images.length;
  checkCount(count, 'images', most);
  const empty = request.images.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw QuartetError.invalid(`images[${empty}]`, 'is empty; send a PNG or JPEG file', 'UNDECODABLE_IMAGE');
  const deadlineMs = call.deadline && Math.max(1, call.deadline.getTime() - Date.now());
  const embeddings = await embedImages(request.images, { settings, imageModel: plan.imageModel, field: (index) => `images[${index}]`, signal: call.signal, deadlineMs });
  const inputs = { embedding: stackedEmbeddings(embeddings.map((embedding) => scaled(embedding, plan))), options: toOptionsTensor(beam, false, count) };
  const outputs = await runtime.infer(version, 'decode', inputs, call);
  const tokenizer = tokenizerFor(plan.text);
  const results = request.images.map((_, row) => ({ captions: foundIn(outputs, row).map(({ tokens, score }) => ({ text: tokenizer.decode(tokens), score })) }));
  return { results, modelVersion: version.version };
}
