import type { TokenizerPlan } from './tokenizer';

/** How a text is cut into the pieces that a vocabulary counts, and put together again. */
export interface Pieces {
  cut(text: string): Iterable<string>;
  join(pieces: readonly string[]): string;
}

/** Unicode's word boundaries (UAX #29), of no language in particular; ICU's dictionaries for those written without blanks. */
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

const WITHOUT_BLANKS = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const NO_BLANK_BEFORE = /^[\p{Pe}\p{Pf}.,;:!?…%、。，！？：；]/u;
const NO_BLANK_AFTER = /[\p{Ps}\p{Pi}¿¡$£€#@]$/u;
const JOINS = /^[-/\u2010\u2011'’]$/u;

/** Words with single blanks, none where English and its like print none: the blanks of the text itself are not kept. */
function joinWords(words: readonly string[]): string {
  let text = '';
  let previous: string | undefined;
  let quoted = false;
  for (const word of words) {
    const opens: boolean = word === '"' && !quoted;
    const closes: boolean = word === '"' && quoted;
    const together: boolean =
      previous === undefined || closes || (previous === '"' && quoted) || JOINS.test(word) || JOINS.test(previous)
      || NO_BLANK_BEFORE.test(word) || NO_BLANK_AFTER.test(previous) || (WITHOUT_BLANKS.test(word) && WITHOUT_BLANKS.test(previous));
    text += together ? word : ` ${word}`;
    if (opens || closes) quoted = opens;
    previous = word;
  }
  return text;
}

export const PIECES: Record<Exclude<TokenizerPlan['kind'], 'bpe'>, Pieces> = {
  word: {
    *cut(text) {
      for (const { segment } of segmenter.segment(text)) if (segment.trim() !== '') yield segment;
    },
    join: joinWords,
  },
  character: { cut: (text) => text, join: (characters) => characters.join('') },
  space: { cut: (text) => text.split(/\s+/u).filter((piece) => piece !== ''), join: (pieces) => pieces.join(' ') },
};
