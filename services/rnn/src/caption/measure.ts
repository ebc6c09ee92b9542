import { Program, stateNames, type CapturedStep, type HostTensor } from '@quartet/core';
import { decodeBeams, type Decoder } from '../decoding/beam';
import { BEAM } from '../decoding/options';
import { scoreTexts } from '../decoding/score';
import type { Tokenizer } from '../text/tokenizer';
import { stackedEmbeddings } from './examples';
import type { Captioner } from './network';
import type { CaptionerPlan } from './plan';
import { nearest } from './retrieve';

/** Images that are captioned to measure a model, at most. */
const MEASURED = 1000;
/** A fixed number, padded, so that each step is recorded once. */
const AT_ONCE = 25;

/** Images by their scaled embeddings, with their captions. */
export interface Captioned {
  embeddings: readonly Float32Array[];
  texts: readonly string[];
}

/** Captions a part's images by beam search, and by the captions of the most similar training images: metrics `retrieval...`. */
export function measureCaptioner(network: Captioner, plan: CaptionerPlan, part: Captioned, training: Captioned, tokenizer: Tokenizer): Record<string, number> {
  const embeddings = part.embeddings.slice(0, MEASURED);
  const texts = captionsOf(network, plan, embeddings, tokenizer);
  const pairs = (hypotheses: readonly string[]) => hypotheses.map((hypothesis, row) => ({ hypothesis, references: [tokenizer.decode(tokenizer.encode(part.texts[row]!))] }));
  const retrieved = nearest(embeddings, training.embeddings).map((row) => tokenizer.decode(tokenizer.encode(training.texts[row]!)));
  const { chrf, sequenceErrorRate } = scoreTexts(pairs(retrieved));
  return { ...scoreTexts(pairs(texts)), retrievalChrf: chrf, retrievalSequenceErrorRate: sequenceErrorRate, captioned: embeddings.length };
}

function captionsOf(network: Captioner, plan: CaptionerPlan, embeddings: readonly Float32Array[], tokenizer: Tokenizer): string[] {
  const program = new Program(network.weights);
  try {
    const functions = network.functions();
    const captured = (name: 'encode' | 'step'): CapturedStep => program.step(name, (inputs) => ({ outputs: functions[name].compute(inputs) }));
    const [encode, step] = [captured('encode'), captured('step')];
    const run = (of: CapturedStep, inputs: Record<string, HostTensor>, outputs: readonly string[]) => Object.fromEntries(of.run(inputs, outputs).map((tensor, index) => [outputs[index]!, tensor]));
    const decoder: Decoder = { tokens: tokenizer.size, states: network.states, step: (inputs, outputs) => run(step, inputs, outputs) };
    const texts: string[] = [];
    for (let at = 0; at < embeddings.length; at += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, index) => embeddings[at + index] ?? embeddings[at]!);
      const encoded = run(encode, { embedding: stackedEmbeddings(some) }, stateNames(network.states));
      const found = decodeBeams(decoder, encoded, { ...BEAM, count: 1, maxTokens: plan.maxTokens });
      texts.push(...found.slice(0, embeddings.length - at).map(([best]) => tokenizer.decode(best?.tokens ?? [])));
    }
    return texts;
  } finally {
    program.dispose();
  }
}
