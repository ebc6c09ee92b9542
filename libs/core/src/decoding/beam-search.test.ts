import { uniformNumbers } from './random';
import { beamSearch, gatherRows, type BeamStep } from './beam-search';
import { logSoftmax } from './log-sum';

const [TOKENS, START, END, LONGEST] = [4, 0, 3, 5];

/** A language whose next token depends on the whole prefix, drawn at random: greedy choices go wrong. */
function languageOf(seed: number): (prefix: readonly number[]) => number[] {
  const known = new Map<string, number[]>();
  return (prefix) => {
    const key = prefix.join();
    const random = uniformNumbers(seed * 1000 + prefix.reduce((hash, token) => hash * 7 + token + 1, 5));
    const row = known.get(key) ?? [...logSoftmax(Array.from({ length: TOKENS }, () => 3 * random()))];
    known.set(key, row);
    return row;
  };
}

/** Steps of several languages side by side: each row's state is its prefix. */
function decoder(languages: readonly ReturnType<typeof languageOf>[], width: number) {
  let prefixes: number[][] = Array.from({ length: languages.length * width }, () => []);
  let first = true;
  return (tokens: Int32Array, parents: Int32Array): BeamStep => {
    prefixes = [...parents].map((parent, row) => (first ? [] : [...prefixes[parent]!, tokens[row]!]));
    first = false;
    return {
      logProbabilities: prefixes.flatMap((prefix, row) => languages[Math.floor(row / width)]!(prefix)),
      attention: prefixes.flatMap((prefix, row) => [row, prefix.length]),
    };
  };
}

/** Every result there is. */
function all(language: ReturnType<typeof languageOf>, penalty: number): { tokens: number[]; logProbability: number; score: number; ended: boolean }[] {
  const go = (prefix: number[], sum: number): ReturnType<typeof all> =>
    language(prefix).flatMap((log, token) => {
      const logProbability = sum + log;
      const score = logProbability / ((5 + prefix.length + 1) / 6) ** penalty;
      if (token === END) return [{ tokens: prefix, logProbability, score, ended: true }];
      if (prefix.length + 1 === LONGEST) return [{ tokens: [...prefix, token], logProbability, score, ended: false }];
      return go([...prefix, token], logProbability);
    });
  return go([], 0).sort((a, b) => b.score - a.score);
}

test.each([0, 0.6, 1.5])('a beam as wide as the language finds the best three of all, length penalty %d', (lengthPenalty) => {
  const width = 300;
  const languages = [1, 2, 3].map(languageOf);
  const found = beamSearch({ examples: 3, tokens: TOKENS, start: START, end: END, maxLength: LONGEST, width, lengthPenalty, count: 3, step: decoder(languages, width) });
  found.forEach((results, example) => {
    const best = all(languages[example]!, lengthPenalty).slice(0, 3);
    expect(results.map(({ tokens, ended }) => ({ tokens, ended }))).toEqual(best.map(({ tokens, ended }) => ({ tokens, ended })));
    results.forEach(({ score, logProbability }, rank) => {
      expect(score).toBeCloseTo(best[rank]!.score, 10);
      expect(logProbability).toBeCloseTo(best[rank]!.logProbability, 10);
    });
  });
});

test('width 1 is greedy; a wider beam is never worse on the whole, and better somewhere', () => {
  let gain = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const language = languageOf(seed);
    const search = (width: number) => beamSearch({ examples: 1, tokens: TOKENS, start: START, end: END, maxLength: LONGEST, width, lengthPenalty: 0, step: decoder([language], width) })[0]![0]!;
    const greedy: number[] = [];
    while (greedy.at(-1) !== END && greedy.length < LONGEST) greedy.push(language(greedy).indexOf(Math.max(...language(greedy))));
    expect(search(1).tokens).toEqual(greedy.filter((token) => token !== END));
    gain += search(8).logProbability - search(1).logProbability;
  }
  expect(gain).toBeGreaterThan(1);
});

test('a length penalty favours longer results', () => {
  // Ends at once with 0.4, or else after exactly three more tokens: 0.6 * 0.6.
  const language = (prefix: readonly number[]): number[] => {
    const chances = prefix.length === 0 ? [0, 0.6, 0, 0.4] : prefix.length < 3 ? [0, 0.8, 0.2, 0] : [0, 0, 0, 1];
    return chances.map(Math.log);
  };
  const best = (lengthPenalty: number): number[] =>
    beamSearch({ examples: 1, tokens: 4, start: 0, end: 3, maxLength: 6, width: 3, lengthPenalty, step: decoder([language], 3) })[0]![0]!.tokens;
  expect(best(0)).toEqual([]);
  expect(best(2)).toEqual([1, 1, 1]);
});

test('each token comes with what its own row looked at', () => {
  const [[best]] = beamSearch({ examples: 1, tokens: TOKENS, start: START, end: END, maxLength: LONGEST, width: 4, step: decoder([languageOf(2)], 4) }) as [[ReturnType<typeof beamSearch>[0][0]]];
  expect(best.attention.length).toBe(best.tokens.length + (best.ended ? 1 : 0));
  expect(best.attention.map(([, length]) => length)).toEqual(best.attention.map((_, index) => index));
});

test('rows of a tensor are gathered, and a step of another size is refused', () => {
  const gathered = gatherRows({ dtype: 'float32', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }, [2, 0, 2, 1]);
  expect(gathered).toEqual({ dtype: 'float32', shape: [4, 2], data: Float32Array.of(5, 6, 1, 2, 5, 6, 3, 4) });
  const options = { examples: 1, tokens: 4, start: 0, end: 3, maxLength: 2, width: 2 };
  expect(() => beamSearch({ ...options, step: () => ({ logProbabilities: [0, 0, 0] }) })).toThrow('received 3 probabilities of a step, expected 8 for 2 rows of 4 tokens');
  expect(() => beamSearch({ ...options, count: 3, step: decoder([languageOf(1)], 2) })).toThrow('count: received 3, expected 1 to the width of 2');
});
