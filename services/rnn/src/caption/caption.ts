import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { foundIn } from '../decoding/engine';
import { readBeam, toOptionsTensor } from '../decoding/options';
import { manifestFor } from '../manifest';
import { tokenizerOf } from '../text/train-tokenizer';
import type { Tokenizer } from '../text/tokenizer';
import { embedImages } from './embed';
import { scaled, stackedEmbeddings } from './examples';
import type { CaptionerPlan } from './plan';

const known = new WeakMap<CaptionerPlan, Tokenizer>();

/** A version's tokenizer; made once. */
function tokenizerFor(plan: CaptionerPlan): Tokenizer {
  const made = known.get(plan) ?? tokenizerOf(plan.text);
  known.set(plan, made);
  return made;
}

/** Captions of images, best first. */
export async function caption(runtime: FamilyRuntime, request: rnn.CaptionRequest, call: CallScope): Promise<rnn.CaptionResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan } = manifestFor(version, 'caption');
  const beam = readBeam(request, plan.maxTokens);
  const { settings } = runtime;
  const most = settings.QUARTET_MAX_BATCH;
  const count = request.images.length;
  if (count === 0) throw QuartetError.invalid('images', `received none, expected 1 to ${most}`, 'EMPTY_BATCH');
  if (count > most) throw QuartetError.invalid('images', `received ${count}, expected at most ${most} (QUARTET_MAX_BATCH); split them into several calls`, 'BATCH_TOO_LARGE');
  const empty = request.images.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw QuartetError.invalid(`images[${empty}]`, 'is empty; send a PNG or JPEG file', 'UNDECODABLE_IMAGE');
  const deadlineMs = call.deadline && Math.max(1, call.deadline.getTime() - Date.now());
  const embeddings = await embedImages(request.images, { settings, imageModel: plan.imageModel, field: (index) => `images[${index}]`, signal: call.signal, deadlineMs });
  const inputs = { embedding: stackedEmbeddings(embeddings.map((embedding) => scaled(embedding, plan))), options: toOptionsTensor(beam, false, count) };
  const outputs = await runtime.infer(version, 'decode', inputs, call);
  const tokenizer = tokenizerFor(plan);
  const results = request.images.map((_, row) => ({ captions: foundIn(outputs, row).map(({ tokens, score }) => ({ text: tokenizer.decode(tokens), score })) }));
  return { results, modelVersion: version.version };
}
