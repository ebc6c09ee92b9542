import { Program, stateNames, type CapturedStep, type HostTensor, type TranslationPair } from '@quartet/core';
import { decodeBeams } from '../decoding/beam';
import { BEAM } from '../decoding/options';
import { lengthsOf, padded } from '../decoding/padded';
import { scoreTexts } from '../decoding/score';
import type { Tokenizer } from '../text/tokenizer';
import type { TranslatorNetwork } from './network';
import { functionsOf, longestOf, type TranslatorPlan } from './plan';

/** Sources that are translated to measure a model, at most: the first of the part, which is in no order. */
const MEASURED = 500;
/** A fixed number, padded, so that each step is recorded once. */
const AT_ONCE = 25;

export interface Measured extends Record<'chrf' | 'bleu' | 'sequenceErrorRate', number> {
  /** Distinct sources. */
  translated: number;
  pairs: TranslationPair[];
}

/** Translates a part's sources by beam search. @param texts Pairs of a part; those of one source are alternatives. */
export function measureTranslator(network: TranslatorNetwork, plan: TranslatorPlan, texts: Iterable<readonly [source: string, target: string]>, tokenizers: { source: Pick<Tokenizer, 'encode'>; target: Tokenizer }): Measured {
  const references = new Map<string, string[]>();
  for (const [source, target] of texts) references.set(source, [...(references.get(source) ?? []), target]);
  const sources = [...references.keys()].slice(0, MEASURED);
  const most = longestOf(plan);
  const tokens = sources.map((source) => tokenizers.source.encode(source).subarray(0, most.source));
  const hypotheses = new Array<string>(sources.length).fill('');
  const program = new Program(network.weights);
  try {
    const functions = network.functions();
    const steps = new Map<string, CapturedStep>();
    const run = (name: string, inputs: Record<string, HostTensor>, outputs: readonly string[]): Record<string, HostTensor> => {
      const step = steps.get(name) ?? program.step(name, (given) => ({ outputs: functions[name]!.compute(given) }));
      steps.set(name, step);
      return Object.fromEntries(step.run(inputs, outputs).map((tensor, index) => [outputs[index]!, tensor]));
    };
    const states = network.model.stateUnits(most.source).length;
    let shorter = 0;
    for (const length of new Set(plan.buckets.map(({ source }) => source))) {
      const names = functionsOf(length);
      const rows = [...tokens.keys()].filter((row) => tokens[row]!.length > shorter && tokens[row]!.length <= length);
      shorter = length;
      for (let at = 0; at < rows.length; at += AT_ONCE) {
        const some = Array.from({ length: AT_ONCE }, (_, index) => tokens[rows[at + index] ?? rows[at]!]!);
        const sourceLength = lengthsOf(some);
        const source = padded(some, length);
        const encoded = { ...run(names.encode, { source, sourceLength }, ['memory', ...stateNames(states)]), sourceLength, ...(plan.model.copy && { source }) };
        const decoder = { tokens: tokenizers.target.size, states, step: (inputs: Record<string, HostTensor>, outputs: readonly string[]) => run(names.step, inputs, outputs) };
        const found = decodeBeams(decoder, encoded, { ...BEAM, count: 1, maxTokens: most.target });
        rows.slice(at, at + AT_ONCE).forEach((row, index) => (hypotheses[row] = tokenizers.target.decode(found[index]?.[0]?.tokens ?? [])));
      }
    }
  } finally {
    program.dispose();
  }
  const pairs = sources.map((source, row) => ({ hypothesis: hypotheses[row]!, references: references.get(source)! }));
  return { ...scoreTexts(pairs), translated: sources.length, pairs };
}
