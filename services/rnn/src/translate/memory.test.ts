import { trainTokenizer } from '../text/train-tokenizer';
import { recalling, TranslationMemory, type TextPair } from './memory';
import { fromCharacters, fromRows, toRows } from './recall';

const PAIRS: TextPair[] = [
  ['Cannot find name', 'nom introuvable'],
  ['Cannot find module', 'module introuvable'],
  ['Cannot find a module', 'module introuvable'],
  ['Cannot find type', 'type introuvable'],
  ['Unreachable code', 'code inaccessible'],
];

/** By the definition: all n-grams of 1 to 6, counted by looking. */
function cosine(a: string, b: string): number {
  const grams = (text: string): string[] => [1, 2, 3, 4, 5, 6].flatMap((n) => Array.from({ length: Math.max(0, text.length - n + 1) }, (_, at) => text.slice(at, at + n)));
  const all = [...new Set([...grams(a), ...grams(b)])];
  const [x, y] = [grams(a), grams(b)].map((list) => all.map((gram) => list.filter((each) => each === gram).length)) as [number[], number[]];
  const dot = (u: number[], v: number[]): number => u.reduce((sum, value, at) => sum + value * v[at]!, 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

describe('a translation memory', () => {
  const memory = new TranslationMemory(PAIRS);

  it('recalls different translations, of the most similar sources first', () => {
    for (const source of ['Cannot find modules', 'code', 'find a name']) {
      const expected = [...PAIRS].sort(([a], [b]) => cosine(source, b) - cosine(source, a)).filter(([other]) => cosine(source, other) > 0);
      expect(memory.recall(source, 4)).toEqual([...new Set(expected.map(([, target]) => target))].slice(0, 4));
    }
    expect(memory.recall('Cannot find module', 2)[0]).toBe('module introuvable');
    expect(memory.recall('Cannot find name', 1, { other: true })).not.toContain('nom introuvable');
    expect(memory.recall('Cannot find name', 2, { skip: 1 })).toEqual(memory.recall('Cannot find name', 3).slice(1));
    expect(memory.recall('\u0416', 3)).toEqual([]);
  });

  it('puts what it knows after a source, between start and end, cut to what fits', () => {
    const tokenizer = trainTokenizer({ kind: 1, maxVocabulary: 100, lowercase: false, minCount: 1 }, PAIRS.flat());
    const named = (most: number): string[] => Array.from(recalling(tokenizer, memory, { count: 1, most }).encode('Cannot find code type'), (id) => tokenizer.name(id));
    expect(named(50)).toEqual(['Cannot', 'find', 'code', 'type', '<start>', 'type', 'introuvable', '<end>']);
    expect(named(6)).toEqual(['Cannot', 'find', 'code', 'type', '<start>', 'type']);
    expect(named(3)).toEqual(['Cannot', 'find', 'code', 'type']);
  });

  it('sends texts and tokens of any length as rows of numbers', () => {
    expect(fromRows(toRows([[5, 0, 7], [], [3]]))).toEqual([[5, 0, 7], [], [3]]);
    const texts = ['naïve 🙂', '', 'x'];
    expect(fromCharacters(toRows(texts.map((text) => Array.from(text, (character) => character.codePointAt(0)!))))).toEqual(texts);
  });
});
