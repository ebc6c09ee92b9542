import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { checkCount } from '../inputs/check-count';
import { manifestFor } from '../manifest';
import { checkText } from '../text/read-text';
import { UNKNOWN } from '../text/tokenizer';
import { inferInGroups } from '../training/in-groups';
import { likeliest } from './measure';
import type { TaggerPlan } from './plan';
import { sentenceOf, sentenceTensors } from './sentences';

/** A tag for each token of sentences. */
export async function tag(runtime: FamilyRuntime, request: rnn.TagRequest, call: CallScope): Promise<rnn.TagResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan, classNames } = manifestFor(version, 'tag');
  const most = runtime.settings.QUARTET_MAX_BATCH;
  const count = request.sentences.length;
  checkCount(count, 'sentences', most);
  request.sentences.forEach(({ tokens }, index) => checkTokens(tokens, `sentences[${index}].tokens`, plan));
  const sentences = request.sentences.map(({ tokens }) => sentenceOf(tokens, plan));
  const answers = await inferInGroups({ runtime, version, call }, 'probabilities', sentences, plan.lengths, sentenceTensors);
  return {
    results: sentences.map(({ steps, ids }, row) => ({
      tags: Array.from({ length: steps }, (_, step) => tagOf(answers[row]!.subarray(step * plan.tags, (step + 1) * plan.tags), classNames)),
      unknownTokens: ids.filter((id) => id === UNKNOWN).length,
    })),
    modelVersion: version.version,
  };
}

function checkTokens(tokens: readonly string[], field: string, { lengths }: TaggerPlan): void {
  const longest = lengths.at(-1)!;
  if (tokens.length === 0) throw QuartetError.invalid(field, 'is empty; send a sentence of 1 token or more');
  if (tokens.length > longest) throw QuartetError.invalid(field, `received ${tokens.length}, expected at most ${longest}, as the longest sentence that the model was trained on; split the sentence`);
  tokens.forEach((token, index) => checkText(token, `${field}[${index}]`));
}

function tagOf(scores: Float32Array, names: readonly string[]): rnn.Tag {
  const best = likeliest(scores);
  return { name: names[best]!, probability: scores[best]! };
}
