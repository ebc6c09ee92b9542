import { rnn } from '@quartet/contracts';
import { logSoftmax, TokenSampler } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { END, PAD, START, UNKNOWN } from '../text/tokenizer';
import { languageModelOf } from './language-model';
import { LanguageReader } from './language-reader';
import { readGeneration, readPrompt } from './read-request';
import { Speller, StopWatch } from './text-tail';

/** Goes on with a text, token by token; each step shares its run of the model with the steps of other calls. */
export async function* generate(runtime: FamilyRuntime, request: rnn.GenerateRequest, call: CallScope): AsyncGenerator<rnn.GenerateResponse> {
  const options = readGeneration(request);
  const version = await runtime.resolve(request.model, call);
  const { tokenizer, stateWidth } = languageModelOf(version);
  const { ids, warnings } = readPrompt(request.prompt, 'prompt', tokenizer);
  const sampler = new TokenSampler(options);
  const reader = LanguageReader.blank(runtime, version, stateWidth);
  await reader.read([START, ...ids], call);
  const [speller, stops] = [new Speller(tokenizer), new StopWatch(options.stop)];
  let [text, tokens] = ['', 0];
  let reason = rnn.EndReason.END_REASON_UNSPECIFIED;
  while (reason === rnn.EndReason.END_REASON_UNSPECIFIED) {
    const id = sampler.next(possible(reader.logits));
    const logProbability = logSoftmax(reader.logits)[id]!;
    const ends = id === END;
    const shown = ends ? { text: '', stopped: false } : stops.add(speller.add(id));
    if (!ends) tokens += 1;
    if (ends) reason = rnn.EndReason.END_REASON_END_OF_TEXT;
    else if (shown.stopped) reason = rnn.EndReason.END_REASON_STOP;
    else if (tokens >= options.maxTokens) reason = rnn.EndReason.END_REASON_MAX_TOKENS;
    // What was held back was no stop after all.
    const added = shown.text + (reason && !shown.stopped ? stops.rest() : '');
    text += added;
    if (!ends || added !== '') yield { message: { $case: 'token', value: { text: added, id, logProbability } } };
    if (!reason) await reader.read([id], call);
  }
  yield { message: { $case: 'end', value: { reason, text, tokens, seed: options.seed, modelVersion: version.version, warnings } } };
}

/** Logits without the tokens that are no text. */
function possible(logits: Float32Array): Float32Array {
  const some = Float32Array.from(logits);
  for (const id of [PAD, START, UNKNOWN]) some[id] = -Infinity;
  return some;
}
