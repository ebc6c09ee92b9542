import { RollbackPolicy } from '@quartet/contracts';
import { CanaryJudge } from './canary-judge';
import { callValues, shiftOf } from './drift';
import type { Signal } from './signals';

type Random = () => number;
type Draw = (random: Random) => number;

/** Mulberry32. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const normal: Draw = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

// What signals look like: sure of most and not of some; skewed to one side; rarely 1.
const confidence: Draw = (random) => 1 - random() ** 3 / 2;
const error: Draw = (random) => 0.01 * Math.exp(normal(random));
const rarely: Draw = (random) => Number(random() < 0.15);

const policy = (of: Partial<RollbackPolicy> = {}) => RollbackPolicy.fromPartial({ minRequests: 50, ...of });
const signal = (values: number[], worse: Signal['worse'] = 'either', name = 'confidence'): Signal => ({ name, values, worse });

interface Calls {
  calls?: number;
  /** Of the canary. */
  share?: number;
  /** In a call. */
  examples?: number;
  worse?: Signal['worse'];
  of?: RollbackPolicy;
}

/** The verdict, if any, while calls go on: each by chance to canary or production. */
function judged(seed: number, canary: Draw, production: Draw, { calls = 1500, share = 0.1, examples = 1, worse = 'either', of = policy() }: Calls = {}): string | undefined {
  const random = seeded(seed);
  const judge = new CanaryJudge(of);
  for (let call = 0; call < calls; call++) {
    const side = random() < share ? 'canary' : 'production';
    judge.recordSignals(side, [signal(Array.from({ length: examples }, () => (side === 'canary' ? canary : production)(random)), worse)]);
    const verdict = judge.verdict();
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

describe('a canary whose signals are like production\'s', () => {
  test.each([
    ['confidence', confidence],
    ['error', error],
    ['rarely 1', rarely],
  ])('is kept, asked again after each of many calls: %s', (_name, draw) => {
    for (const share of [0.1, 0.5, 0.9]) for (let seed = 1; seed <= 15; seed++) expect(judged(seed, draw, draw, { share, calls: 700 })).toBeUndefined();
  });

  test('is kept with a policy that wants to see few calls', () => {
    for (let seed = 1; seed <= 300; seed++) expect(judged(seed, rarely, rarely, { share: 0.5, calls: 120, of: policy({ minRequests: 1 }) })).toBeUndefined();
  });

  test('is kept where its few calls miss what is rare', () => {
    const judge = new CanaryJudge(policy({ minRequests: 1 }));
    for (let i = 0; i < 500; i++) judge.recordSignals('production', [signal([Number(i % 6 === 0)])]);
    // Of 30 calls none has what a sixth of them have: once in 237 times.
    for (let i = 0; i < 30; i++) judge.recordSignals('canary', [signal([0])]);
    expect(judge.verdict()).toBeUndefined();
  });

  test('is kept where large batches make a small difference certain', () => {
    const slightly: Draw = (random) => 1.15 * error(random);
    for (let seed = 1; seed <= 5; seed++) expect(judged(seed, slightly, error, { examples: 64, share: 0.5, calls: 700 })).toBeUndefined();
  });
});

describe('a canary whose signals are worse', () => {
  test('is rolled back, with both means and counts', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(judged(seed, (random) => 0.65 * confidence(random), confidence, { worse: 'lower' })).toMatch(/^its mean confidence is 0\.5[4-9]\d?, production's 0\.8[5-9]\d?, over 50 and [345]\d\d calls$/);
    }
  });

  test('is kept if they are better, and the signal knows which way that is', () => {
    const surer: Draw = () => 1.3;
    expect(judged(1, surer, confidence, { worse: 'lower' })).toBeUndefined();
    expect(judged(1, surer, confidence, { worse: 'higher' })).toMatch(/^its mean confidence is 1\.3,/);
    expect(judged(1, surer, confidence, { worse: 'either' })).toMatch(/^its mean confidence is 1\.3,/);
  });

  test('is judged by the policy: how far, or not at all', () => {
    const worse: Draw = (random) => 0.65 * confidence(random);
    expect(judged(1, worse, confidence, { of: policy({ maxDrift: 0 }) })).toBeUndefined();
    expect(judged(1, worse, confidence, { of: policy({ maxDrift: 10 }) })).toBeUndefined();
    expect(judged(1, worse, confidence, { of: policy({ disabled: true }) })).toBeUndefined();
  });

  test('is seen by its newest calls alone', () => {
    const random = seeded(1);
    const judge = new CanaryJudge(policy());
    const feed = (calls: number, canary: Draw) => {
      for (let i = 0; i < calls; i++) for (const [side, draw] of [['canary', canary], ['production', confidence]] as const) judge.recordSignals(side, [signal([draw(random)])]);
    };
    feed(5000, confidence);
    expect(judge.verdict()).toBeUndefined();
    feed(500, (r) => 0.65 * confidence(r));
    expect(judge.verdict()).toMatch(/over 500 and 500 calls$/);
  });
});

describe('signals without a spread', () => {
  const constant = (value: number): Draw => () => value;

  test('are compared by the size of the means', () => {
    expect(judged(1, constant(0.7), constant(0.7))).toBeUndefined();
    expect(judged(1, constant(0), constant(0))).toBeUndefined();
    // A probe that always sends the same image: two trainings differ by a little.
    expect(judged(1, constant(0.88), constant(0.95))).toBeUndefined();
    expect(judged(1, constant(0.61), constant(0.93))).toMatch(/^its mean confidence is 0\.61, production's 0\.93, over 50 and \d+ calls$/);
    expect(judged(1, constant(1), constant(0))).toMatch(/^its mean confidence is 1, production's 0,/);
  });

  test('need calls on both sides, and numbers', () => {
    expect(judged(1, constant(0.1), constant(0.9), { share: 1 })).toBeUndefined();
    expect(judged(1, constant(0.1), constant(0.9), { share: 0.5, calls: 60 })).toBeUndefined();
    expect(judged(1, constant(NaN), constant(0.9))).toBeUndefined();
    expect(callValues([NaN, Infinity])).toBeUndefined();
    expect(callValues([])).toBeUndefined();
  });
});

test('two means are compared as Welch does, or Student where that is less certain', () => {
  const calls = (...values: number[]) => values.map((value) => callValues([value])!);
  // By the textbooks' formulas, in Python: Welch -4.1812, Student -3.8216; Welch -3.2325, Student -4.8484.
  expect(shiftOf(calls(1, 2, 3, 4), calls(5, 7, 9, 11, 13)).t).toBeCloseTo(-3.8216, 4);
  expect(shiftOf(calls(1, 5, 9), calls(12, 13, 12, 13, 12, 13)).t).toBeCloseTo(-3.2325, 4);
  // Of a call with several values the spread among them counts for the deviation, and not for the certainty.
  const wide = shiftOf([callValues([0, 2])!, callValues([0, 2])!], [callValues([2, 4])!, callValues([2, 4])!]);
  expect(wide).toMatchObject({ canary: 1, production: 3, deviations: -2, t: -Infinity });
});
