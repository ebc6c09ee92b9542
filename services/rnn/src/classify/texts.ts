import { dropout, embedding, type HostTensor } from '@quartet/core';
import { loadRecords } from '@quartet/data';
import { checkText } from '../text/read-text';
import { textsOf } from '../text/texts-of';
import { tokenizerFor } from '../text/tokenizer-for';
import { PAD, UNKNOWN } from '../text/tokenizer';
import { wordDropout } from '../text/word-dropout';
import { checkCount } from '../inputs/check-count';
import type { ClassifierInputs, Example } from './inputs';
import type { TextsPlan } from './plan';
import { checkOnly } from './request';

/** A text's tokens, as many as the model reads. */
export interface Text extends Example {
  ids: Int32Array;
}

/** Texts: tokens, cut to the longest length, padded to the least that they fit in. */
export const texts: ClassifierInputs<TextsPlan, Text> = {
  lengths: ({ lengths }) => lengths,
  signature: (_, steps) => ({ ids: { dtype: 'int32', shape: [steps] }, lengths: { dtype: 'int32', shape: [] } }),
  tensors: textTensors,
  async load({ examples, labels }, { columns }, plan) {
    const records = await loadRecords(examples, labels, columns);
    return { examples: textsOf(records, 'text').map((text) => textOf(text, plan).example), labels: records.classes };
  },
  front(parameters, plan) {
    const unknown = wordDropout(parameters.scope('words'), plan.wordDropout);
    const embed = embedding(parameters.scope('embedding'), plan.tokenizer.tokens.length, plan.embedding);
    const drop = dropout(parameters.scope('embedding'), plan.embeddingDropout);
    return { features: plan.embedding, apply: ({ ids }, context) => drop(embed(unknown(ids!, context), context), context) };
  },
  read(request, plan, most) {
    checkOnly(request, 'texts', 'texts');
    checkCount(request.texts.length, 'texts', most);
    return request.texts.map((text, index) => {
      checkText(text, `texts[${index}]`);
      const { example, tokens } = textOf(text, plan);
      const read = Math.min(tokens, example.steps);
      const unknownTokens = example.ids.subarray(0, read).filter((id) => id === UNKNOWN).length;
      const cutTokens = tokens - read;
      return { example, notes: { tokens: read, unknownTokens, cutTokens, warning: warningOf(read, unknownTokens, cutTokens) } };
    });
  },
};

/** A text in which the tokenizer finds nothing (control characters) is one unknown token. */
function textOf(text: string, plan: TextsPlan): { example: Text; tokens: number } {
  const all = tokenizerFor(plan.tokenizer).encode(text);
  const ids = all.length > 0 ? all.slice(0, plan.lengths.at(-1)) : Int32Array.of(UNKNOWN);
  return { example: { steps: ids.length, ids }, tokens: all.length };
}

function textTensors(examples: readonly Text[], _: TextsPlan, steps: number): Record<'ids' | 'lengths', HostTensor> {
  const ids = new Int32Array(examples.length * steps).fill(PAD);
  examples.forEach((example, index) => ids.set(example.ids, index * steps));
  return {
    ids: { dtype: 'int32', shape: [examples.length, steps], data: ids },
    lengths: { dtype: 'int32', shape: [examples.length], data: Int32Array.from(examples, (example) => example.steps) },
  };
}

function warningOf(read: number, unknown: number, cut: number): string {
  if (unknown === read) return `the model knows none of the text's ${read} tokens: the answer says only which classes are frequent`;
  if (cut > 0) return `only the first ${read} tokens were read, the ${cut} after them were cut off: the model takes no more`;
  return '';
}
