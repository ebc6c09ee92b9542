import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime, Tensors } from '@quartet/service-kit';
import { attentionIn, foundIn } from '../decoding/engine';
import { readBeam, toOptionsTensor } from '../decoding/options';
import { lengthsOf, padded } from '../decoding/padded';
import { checkCount } from '../inputs/check-count';
import { manifestFor } from '../manifest';
import { readText, type ReadText } from '../text/read-text';
import { END, type Tokenizer } from '../text/tokenizer';
import { tokenizerFor } from '../text/tokenizer-for';
import { attentionPng } from './attention-png';
import { longestOf, type TranslatorPlan } from './plan';
import { recall } from './recall';

/** A longer text isn't one sentence: cutting it to what the model takes would leave next to nothing of it. */
const MAX_CHARACTERS = 20_000;

/** Translations of texts, best first. */
export async function translate(runtime: FamilyRuntime, request: rnn.TranslateRequest, call: CallScope): Promise<rnn.TranslateResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan } = manifestFor(version, 'translate');
  const { source, target } = tokenizersOf(plan);
  const longest = longestOf(plan);
  const beam = readBeam(request, longest.target);
  const sources = readSources(request.texts, source, longest.source, runtime.settings.QUARTET_MAX_BATCH);
  if (plan.memory) {
    const known = await recall(runtime, version, request.texts, call);
    sources.forEach((each, index) => (each.ids = Int32Array.from([...each.ids, ...known[index]!]).subarray(0, longest.source)));
  }
  const lengths = [...new Set(plan.buckets.map((bucket) => bucket.source))];
  const results = new Array<rnn.Translation>(sources.length);
  // Each length goes by itself: its requests share the engine's batches.
  await Promise.all(
    lengths.map(async (length, index) => {
      const rows = [...sources.keys()].filter((row) => sources[row]!.ids.length <= length && sources[row]!.ids.length > (lengths[index - 1] ?? 0));
      if (rows.length === 0) return;
      const ids = rows.map((row) => sources[row]!.ids);
      const inputs = { source: padded(ids, length), sourceLength: lengthsOf(ids), options: toOptionsTensor(beam, request.attentionPng, rows.length) };
      const outputs = await runtime.infer(version, 'decode', inputs, call);
      await Promise.all(rows.map(async (row, at) => (results[row] = await translationOf(outputs, at, sources[row]!, { source, target }, request.attentionPng))));
    }),
  );
  return { results, modelVersion: version.version };
}

const tokenizersOf = (plan: TranslatorPlan): Record<'source' | 'target', Tokenizer> => ({ source: tokenizerFor(plan.source), target: tokenizerFor(plan.target) });

/** A source, and what is to be said about how it was read. */
interface Source extends ReadText {
  warnings: string[];
}

/** @throws QuartetError EMPTY_BATCH, BATCH_TOO_LARGE, INVALID_FIELD */
function readSources(texts: readonly string[], tokenizer: Tokenizer, longest: number, most: number): Source[] {
  checkCount(texts.length, 'texts', most);
  return texts.map((text, index) => {
    const field = `texts[${index}]`;
    if (text.length > MAX_CHARACTERS) throw QuartetError.invalid(field, `has ${text.length} characters, expected at most ${MAX_CHARACTERS}; send it sentence by sentence`);
    const read = readText(text, field, tokenizer, longest);
    if (read.unknown === read.ids.length) throw QuartetError.invalid(field, `has ${read.tokens} tokens, none of which the model knows; it was trained on other words`);
    const warnings: string[] = [];
    if (read.unknown > 0) warnings.push(`${read.unknown} of ${read.ids.length} tokens are unknown to the model`);
    if (read.tokens > longest) warnings.push(`the text has ${read.tokens} tokens; it was cut to the first ${longest}, the most that this model takes`);
    return { ...read, warnings };
  });
}

async function translationOf(outputs: Tensors, at: number, { ids, warnings }: Source, { source, target }: Record<'source' | 'target', Tokenizer>, picture: boolean): Promise<rnn.Translation> {
  const found = foundIn(outputs, at);
  const hypotheses = found.map(({ tokens, score }) => ({ text: target.decode(tokens), score, tokens: Array.from(tokens, (id) => target.name(id)) }));
  const [best] = found;
  const cut = best && !best.ended ? [`the translation was stopped after ${best.tokens.length} tokens, before its end`] : [];
  const weights = picture && best ? attentionIn(outputs, at) : undefined;
  const png = weights && (await attentionPng(weights, Array.from(ids, (id) => source.name(id)), [...hypotheses[0]!.tokens, ...(best!.ended ? [target.name(END)] : [])]));
  return { hypotheses, attentionPng: png ?? Buffer.alloc(0), warnings: [...warnings, ...cut] };
}
