import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetFormat, rnn, type Dataset, type Version } from '@quartet/contracts';
import { marksSpans, SpanScores, spansOf } from './tag/spans';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';

const PIECE = 16;

/** Words that open a span; the word after them is in it. */
const OPENS = /^(?:the|an?|my|this|that|all)$/i;

/** The beginning of Moby-Dick in pieces of sentences: what a word is says where spans begin, its neighbour where they go on. */
function sentences(): { token: string; tag: string }[][] {
  const text = readFileSync(join(__dirname, '../golden/bpe.txt'), 'utf8');
  return text.split(/(?<=[.!?])\s+/).flatMap((sentence) => {
    const tokens = sentence.match(/[\p{L}\p{M}\p{N}']+|[^\s\p{L}\p{M}\p{N}']/gu) ?? [];
    const tagged = tokens.map((token, at) => ({ token, tag: OPENS.test(token) ? 'B-NP' : at > 0 && OPENS.test(tokens[at - 1]!) ? 'I-NP' : 'O' }));
    return Array.from({ length: Math.ceil(tagged.length / PIECE) }, (_, piece) => tagged.slice(piece * PIECE, (piece + 1) * PIECE));
  });
}

const conll = (list: readonly { token: string; tag: string }[][]): string => list.map((sentence) => sentence.map(({ token, tag }) => `${token}\t${tag}\n`).join('')).join('\n');

describe('spans', () => {
  it.each([
    ['B-A I-A O B-B', ['0 2 A', '3 4 B']],
    ['I-A I-A B-A I-B', ['0 2 A', '2 3 A', '3 4 B']],
    ['O O', []],
  ])('of %s', (tags, expected) => expect([...spansOf(tags.split(' '))].sort()).toEqual(expected));

  it('are scored as seqeval scores them', () => {
    // seqeval 1.2.2: f1_score([[O O O B-MISC I-MISC I-MISC O], [B-PER I-PER O]], [[O O B-MISC I-MISC I-MISC I-MISC O], [B-PER I-PER O]]) is 0.5
    const scores = new SpanScores();
    scores.add('O O O B-MISC I-MISC I-MISC O'.split(' '), 'O O B-MISC I-MISC I-MISC I-MISC O'.split(' '));
    scores.add('B-PER I-PER O'.split(' '), 'B-PER I-PER O'.split(' '));
    expect(scores.f1).toBe(0.5);
    expect([marksSpans(['O', 'B-X', 'I-X']), marksSpans(['O', 'NOUN']), marksSpans(['O'])]).toEqual([true, false, false]);
  });
});

describe('tagging sentences', () => {
  let platform: Platform;
  let data: Dataset;
  let version: Version;

  beforeAll(async () => {
    platform = await Platform.start();
    data = await platform.upload('spans', 'spans.conll', conll(sentences()), { format: DatasetFormat.DATASET_FORMAT_TAGGED, testShare: 0.2 });
    const job = await platform.client.rnn.trainTagger({ model: 'span', dataset: 'spans', network: { units: 12, dropout: 0 }, text: { wordDropout: 0.1, embeddingDropout: 0 }, options: { epochs: 10, batchSize: 8, learningRate: 0.015, seed: 1 } });
    version = await platform.version(job);
    await platform.client.models.promoteVersion({ model: 'span', version: version.version });
  });
  afterAll(() => platform?.stop());

  const tag = (...list: string[]) => platform.client.rnn.tag({ model: { name: 'span' }, sentences: list.map((tokens) => ({ tokens: tokens.split(' ') })) });

  it('learns tags from words and their neighbours', () => {
    expect(data.schema).toMatchObject({ kind: 'tagged', classNames: ['B-NP', 'I-NP', 'O'] });
    expect(version.metrics['test/accuracy']).toBeGreaterThan(0.95);
    expect(version.metrics['test/span_f1']).toBeGreaterThan(0.75);
    expect(version.metrics['test/unknown_accuracy']).toBeGreaterThan(0.9);
    expect(version.metrics['test/tokens']).toBeGreaterThan(200);
  });

  it('tags through the gateway, whatever else is in the batch', async () => {
    const list = ['the zzyzx sails', 'Call me Ishmael .', 'I'];
    const together = await tag(...list);
    expect(together.results.map(({ tags }) => tags.length)).toEqual([3, 4, 1]);
    expect(together.results[0]!.unknownTokens).toBeGreaterThan(0);
    expect(together.results[0]!.tags.map(({ name }) => name)).toEqual(['B-NP', 'I-NP', 'O']);
    expect(together.results[1]!.tags.map(({ name }) => name)).toEqual(['O', 'O', 'O', 'O']);
    const alone = await tag(list[1]!);
    alone.results[0]!.tags.forEach(({ name, probability }, at) => {
      expect(name).toBe(together.results[1]!.tags[at]!.name);
      expect(probability).toBeCloseTo(together.results[1]!.tags[at]!.probability, 4);
    });
  });

  it('refuses what it cannot tag, naming the field, what was received and what to do', async () => {
    const { client } = platform;
    const of = (...list: string[][]) => client.rnn.tag({ model: { name: 'span' }, sentences: list.map((tokens) => ({ tokens })) });
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => of(), 'EMPTY_BATCH', /sentences: received none, expected 1 to 16/],
      [() => of(...new Array<string[]>(17).fill(['a'])), 'BATCH_TOO_LARGE', /sentences: received 17, expected at most 16/],
      [() => of(['a'], []), 'INVALID_FIELD', /sentences\[1\]\.tokens: is empty; send a sentence of 1 token or more/],
      [() => of(['a', '']), 'INVALID_FIELD', /sentences\[0\]\.tokens\[1\]: is empty/],
      [() => of(['a\uFFFD']), 'INVALID_FIELD', /sentences\[0\]\.tokens\[0\]: received invalid UTF-8 at character 1/],
      [() => of(new Array<string>(500).fill('a')), 'INVALID_FIELD', /sentences\[0\]\.tokens: received 500, expected at most \d+, as the longest sentence that the model was trained on; split the sentence/],
      [() => client.rnn.classify({ model: { name: 'span' }, texts: ['a'] }), 'WRONG_STATE', /tags sentences; call Tag/],
      [() => client.rnn.trainClassifier({ model: 'm', dataset: 'spans' }), 'UNUSABLE_DATASET', /holds a tagged; a classifier trains on/],
      [() => client.rnn.trainTagger({ model: 'm', dataset: 'spans', text: { tokenizer: { kind: rnn.TokenizerKind.TOKENIZER_KIND_BPE } } }), 'INVALID_FIELD', /text\.tokenizer\.kind is set, but the tokens of tagged sentences are given/],
      [() => client.rnn.trainTagger({ model: 'm', dataset: 'spans', network: { units: 5000 } }), 'INVALID_FIELD', /network\.units is 5000; it takes a whole number from 1 to 1024/],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    }
  });
});
