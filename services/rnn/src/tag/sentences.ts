import type { HostTensor } from '@quartet/core';
import { loadRecords } from '@quartet/data';
import { END, PAD, START, UNKNOWN } from '../text/tokenizer';
import { textsOf } from '../text/texts-of';
import { tokenizerFor } from '../text/tokenizer-for';
import type { TaggerPlan } from './plan';
import { identityOf, SPELLED, spellingOf } from './token';

/** A sentence ready for the network. */
export interface Sentence {
  steps: number;
  /** [steps] */
  ids: Int32Array;
  /** [steps, SPELLED] */
  characters: Int32Array;
}

/** A sentence with a tag for each token. */
export interface TaggedSentence extends Sentence {
  /** [steps] */
  tags: Int32Array;
}

/** A part as it is stored. */
export interface TaggedTexts {
  tokens: string[][];
  tags: string[][];
}

/** @param columns The schema's. */
export async function readTagged(files: { examples: string; labels: string }, columns: readonly string[]): Promise<TaggedTexts> {
  const records = await loadRecords(files.examples, files.labels, columns);
  const field = (name: string): string[][] => textsOf(records, name).map((text) => text.split('\n'));
  return { tokens: field('tokens'), tags: field('tags') };
}

export function sentenceOf(tokens: readonly string[], plan: TaggerPlan): Sentence {
  const characters = tokenizerFor(plan.characters);
  const spelled = new Int32Array(tokens.length * SPELLED);
  tokens.forEach((token, index) => spelled.set(spellingOf(token, characters, [START, END]), index * SPELLED));
  return { steps: tokens.length, ids: idsOf(tokens, plan), characters: spelled };
}

function idsOf(tokens: readonly string[], { tokenizer: tokenizerPlan }: TaggerPlan): Int32Array {
  const tokenizer = tokenizerFor(tokenizerPlan);
  return Int32Array.from(tokens, (token) => tokenizer.encode(identityOf(token))[0] ?? UNKNOWN);
}

/** A part's sentences; longer ones than the network takes are cut into several. */
export function taggedSentences({ tokens, tags }: TaggedTexts, plan: TaggerPlan, names: readonly string[]): TaggedSentence[] {
  const index = new Map(names.map((name, at) => [name, at]));
  const longest = plan.lengths.at(-1)!;
  return tokens.flatMap((sentence, row) => {
    const own = tags[row]!;
    const pieces = Array.from({ length: Math.ceil(sentence.length / longest) }, (_, piece) => [piece * longest, (piece + 1) * longest] as const);
    return pieces.map(([from, to]) => ({ ...sentenceOf(sentence.slice(from, to), plan), tags: Int32Array.from(own.slice(from, to), (name) => index.get(name)!) }));
  });
}

/** Sentences as a batch, padded to `length`. */
export function sentenceTensors(sentences: readonly Sentence[], length: number): Record<'ids' | 'characters' | 'lengths', HostTensor> {
  const ids = new Int32Array(sentences.length * length).fill(PAD);
  const characters = new Int32Array(sentences.length * length * SPELLED).fill(PAD);
  sentences.forEach((sentence, row) => {
    ids.set(sentence.ids, row * length);
    characters.set(sentence.characters, row * length * SPELLED);
  });
  return {
    ids: { dtype: 'int32', shape: [sentences.length, length], data: ids },
    characters: { dtype: 'int32', shape: [sentences.length, length, SPELLED], data: characters },
    lengths: { dtype: 'int32', shape: [sentences.length], data: Int32Array.from(sentences, ({ steps }) => steps) },
  };
}
