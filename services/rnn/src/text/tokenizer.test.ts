import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rnn, type QuartetError } from '@quartet/contracts';
import { Violations } from '@quartet/service-kit';
import { readText } from './read-text';
import { resolveText } from './resolve';
import { END, PAD, SPECIALS, START, UNKNOWN, type Tokenizer } from './tokenizer';
import { tokenizerOf, trainTokenizer } from './train-tokenizer';

const { TOKENIZER_KIND_WORD: WORD, TOKENIZER_KIND_CHARACTER: CHARACTER, TOKENIZER_KIND_BPE: BPE, TOKENIZER_KIND_SPACE: SPACE } = rnn.TokenizerKind;
const folder = join(__dirname, '../../golden');
const texts = readFileSync(join(folder, 'bpe.txt'), 'utf8').split('\n');
const golden = JSON.parse(readFileSync(join(folder, 'bpe.json'), 'utf8')) as { tokens: string[]; merges: [string, string][]; fresh: string[]; encoded: number[][] };

const train = (kind: rnn.TokenizerKind, of: string[], more: Partial<rnn.TokenizerSpec> = {}): Tokenizer =>
  trainTokenizer({ kind, maxVocabulary: 5000, lowercase: false, minCount: 1, ...more }, of);
const names = (tokenizer: Tokenizer, text: string): string[] => Array.from(tokenizer.encode(text), (id) => tokenizer.name(id));

describe('tokenizers', () => {
  it('cuts words and marks by Unicode, joins them as they are printed', () => {
    const text = 'He said: "Don\'t go (yet)!" at 3.14 p.m.; well-known naïve cafés cost $5. 日本語です。';
    const tokenizer = train(WORD, [text]);
    expect(names(tokenizer, 'Don\'t go, café 3.14')).toEqual(["Don't", 'go', '<unknown>', '<unknown>', '3.14']);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it.each([['word', WORD, 'the whale sank the ship'], ['character', CHARACTER, 'Ünïcödé 🐳  two blanks\n'], ['space', SPACE, 'AH0 B AW1 T'], ['byte pairs', BPE, '  naïve 日本語 🐳\n\n<pad>\t!']])(
    'goes there and back: %s', (_, kind, text) => {
      const tokenizer = train(kind, [text, text]);
      expect(tokenizer.encode(text)).not.toContain(UNKNOWN);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      expect(tokenizer.decode([START, ...tokenizer.encode(text), END, PAD])).toBe(text);
      // By way of the manifest.
      const again = tokenizerOf(JSON.parse(JSON.stringify(tokenizer.plan)));
      expect([again.size, again.unknown, again.encode(text)]).toEqual([tokenizer.size, tokenizer.unknown, tokenizer.encode(text)]);
    });

  it('keeps the most frequent, whatever the order of the texts', () => {
    const tokenizer = train(WORD, ['b b b a a c', 'd'], { maxVocabulary: SPECIALS.length + 3 });
    expect(tokenizer.plan.tokens).toEqual([...SPECIALS, 'b', 'a', 'c']);
    expect(train(WORD, ['d', 'c a b a b b'], { maxVocabulary: SPECIALS.length + 3 }).plan).toEqual(tokenizer.plan);
    expect(train(WORD, ['b b b a a c', 'd'], { minCount: 2 }).plan.tokens).toEqual([...SPECIALS, 'b', 'a']);
  });

  it('reads accents written in two ways as one, and small letters where asked to', () => {
    const tokenizer = train(CHARACTER, ['café'], { lowercase: true });
    expect(tokenizer.encode('CAFE\u0301')).toEqual(tokenizer.encode('café'));
    expect(tokenizer.encode('CAFE\u0301')).not.toContain(UNKNOWN);
  });

  it('takes no special token out of a text', () => {
    const tokenizer = train(SPACE, ['<pad> a <end>']);
    expect(names(tokenizer, '<pad> a <end>')).toEqual(['<unknown>', 'a', '<unknown>']);
    expect(Array.from(train(BPE, ['x']).encode('<pad>')).every((id) => id >= SPECIALS.length)).toBe(true);
  });

  it('names the bytes of a part of a character', () => {
    const tokenizer = train(BPE, ['x']);
    expect(names(tokenizer, 'a 日')).toEqual(['a', ' ', '<0xE6>', '<0x97>', '<0xA5>']);
    expect(tokenizer.unknown).toBe(-1);
  });

  it("learns and encodes byte pairs as Hugging Face's tokenizers does", () => {
    const tokenizer = train(BPE, texts, { maxVocabulary: 700 });
    expect(tokenizer.plan.merges).toEqual(golden.merges);
    expect(tokenizer.plan.tokens).toEqual(golden.tokens);
    expect(golden.fresh.map((text) => [...tokenizer.encode(text)])).toEqual(golden.encoded);
    expect(golden.fresh.map((text) => tokenizer.decode(tokenizer.encode(text)))).toEqual(golden.fresh);
  });

  it('counts what it does not know, and what it cuts off', () => {
    const tokenizer = train(WORD, ['one two three']);
    expect(readText('one 2 two three four', 'texts[0]', tokenizer, 4)).toEqual({ ids: tokenizer.encode('one 2 two three'), unknown: 1, tokens: 5 });
    expect(readText('♞', 'texts[0]', train(BPE, ['x']), 9)).toMatchObject({ unknown: 0, tokens: 3 });
  });

  it.each([['', /texts\[1\]: is empty; send some text/], [' \n', /texts\[1\]: is blank/], ['a🐳\uFFFDb', /received invalid UTF-8 at character 2; send the text as UTF-8/], ['\uD800', /invalid UTF-8 at character 0/]])(
    'refuses %j', (text, message) => {
      const call = () => readText(text, 'texts[1]', train(WORD, ['a']), 9);
      expect(call).toThrow(message);
      expect(call).toThrow(expect.objectContaining({ reason: 'INVALID_FIELD', violations: [expect.objectContaining({ field: 'texts[1]' })] }) as QuartetError);
    });

  it('fills defaults in and refuses what is out of range', () => {
    const defaults = { kind: WORD, maxVocabulary: 20_000, lowercase: true, maxTokens: 256, embedding: 64 };
    const violations = new Violations();
    expect(resolveText(undefined, violations, 'text', defaults)).toEqual({ tokenizer: { kind: WORD, maxVocabulary: 20_000, lowercase: true, minCount: 1 }, maxTokens: 256, embedding: 64 });
    resolveText({ tokenizer: { kind: BPE, maxVocabulary: 100, minCount: 0 }, maxTokens: 5000, embedding: 2000 }, violations, 'text', defaults);
    resolveText({ tokenizer: { kind: 9 as never, maxVocabulary: 1, minCount: 0 }, maxTokens: 0, embedding: 0 }, violations, 'text', defaults);
    expect(violations.list.map(({ field }) => field)).toEqual(['text.tokenizer.max_vocabulary', 'text.max_tokens', 'text.embedding', 'text.tokenizer.kind', 'text.tokenizer.max_vocabulary']);
    expect(violations.list[0]!.description).toBe('is 100; it takes a whole number from 260 to 200000');
  });
});
