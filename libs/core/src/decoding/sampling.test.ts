import { generateTokens, TokenSampler, type SamplingOptions } from './sampling';

const LOGITS = [2, 0, 1, -1, 1.5].map((x) => x * 1.2);
const softmax = (logits: readonly number[]): number[] => {
  const chances = logits.map(Math.exp);
  const sum = chances.reduce((a, b) => a + b, 0);
  return chances.map((chance) => chance / sum);
};

/** Shares of 20000 draws. */
function shares(options: SamplingOptions): number[] {
  const sampler = new TokenSampler(options);
  const counts = LOGITS.map(() => 0);
  for (let draw = 0; draw < 20000; draw += 1) counts[sampler.next(LOGITS)]! += 1;
  return counts.map((count) => count / 20000);
}

/** Three standard deviations of a share of 20000 draws, at most. */
const expectShares = (options: SamplingOptions, expected: readonly number[]): void => shares(options).forEach((share, token) => expect(Math.abs(share - expected[token]!)).toBeLessThan(expected[token] === 0 ? 1e-12 : 0.011));

const renormalized = (chances: readonly number[], kept: readonly number[]): number[] => {
  const sum = kept.reduce((total, token) => total + chances[token]!, 0);
  return chances.map((chance, token) => (kept.includes(token) ? chance / sum : 0));
};

test.each([1, 0.5, 2])('draws by softmax at temperature %d', (temperature) => {
  expectShares({ temperature, seed: 3 }, softmax(LOGITS.map((logit) => logit / temperature)));
});

test('top-k and top-p leave out what is beyond, and scale the rest', () => {
  const chances = softmax(LOGITS);
  expectShares({ topK: 2 }, renormalized(chances, [0, 4]));
  // 0.50, then 0.28: the second reaches 0.6.
  expect(chances[0]).toBeLessThan(0.6);
  expectShares({ topP: 0.6 }, renormalized(chances, [0, 4]));
  expectShares({ topP: 0.01 }, [1, 0, 0, 0, 0]);
  // Of the three best: 0.55, 0.30, 0.16.
  expectShares({ topK: 3, topP: 0.9 }, renormalized(chances, [0, 4, 2]));
});

test('temperature 0 takes the best', () => {
  expect(shares({ temperature: 0 })).toEqual([1, 0, 0, 0, 0]);
});

test('seeds repeat, and differ', () => {
  const draw = (seed: number): number[] => {
    const sampler = new TokenSampler({ seed });
    return Array.from({ length: 30 }, () => sampler.next(LOGITS));
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('tokens that are out of the question are never drawn; nothing to draw from is refused', () => {
  const sampler = new TokenSampler();
  for (let draw = 0; draw < 500; draw += 1) expect(sampler.next([-Infinity, 0, -Infinity])).toBe(1);
  expect(() => sampler.next([NaN, NaN])).toThrow('received logits of which none is finite');
});

test('all options out of range are named', () => {
  expect(() => new TokenSampler({ temperature: -1, topK: 1.5, topP: 0 })).toThrow(
    'temperature: received -1, expected 0 to 10; topK: received 1.5, expected a whole number of at least 0; topP: received 0, expected above 0, at most 1',
  );
});

describe('generation', () => {
  /** After token t comes t + 1, of ten. */
  const counting = (token: number): number[] => Array.from({ length: 10 }, (_, next) => (next === (token + 1) % 10 ? 0 : -Infinity));
  const run = (options: Parameters<typeof generateTokens>[2]): { tokens: number[]; why: string } => {
    const tokens: number[] = [];
    const generator = generateTokens(counting(4), counting, options);
    for (;;) {
      const { done, value } = generator.next();
      if (done) return { tokens, why: value };
      tokens.push(value);
    }
  };

  test('ends at the limit, or at a stop of several tokens', () => {
    expect(run({ maxTokens: 4 })).toEqual({ tokens: [5, 6, 7, 8], why: 'length' });
    expect(run({ maxTokens: 40, stop: [[7, 9], [9, 0]] })).toEqual({ tokens: [5, 6, 7, 8, 9, 0], why: 'stop' });
    expect(run({ maxTokens: 6, stop: [[9, 0]] })).toEqual({ tokens: [5, 6, 7, 8, 9, 0], why: 'stop' });
    expect(() => run({ maxTokens: 0 })).toThrow('maxTokens: received 0, expected a whole number of at least 1');
  });
});
