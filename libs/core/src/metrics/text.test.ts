import { golden, largestDifference } from '../testing/golden';
import { coverage, directionAccuracy, mase, meanAbsolute, rootMeanSquare } from './forecast';
import { characterErrorRate, edits, ErrorRate, wordErrorRate } from './speech';
import { bleu, chrf, tokenize13a, type TranslationPair } from './text';

interface Golden {
  translations: { pairs: TranslationPair[]; bleu: number; precisions: number[]; brevityPenalty: number; chrf: number }[];
  speech: { pairs: [string, string][]; wer: number; edits: number[]; each: [number, number][] };
  forecast: { training: number[]; actual: number[]; predictions: number[]; mase: Record<string, number> };
}

const { translations, speech, forecast } = golden<Golden>('text.json');

test.each(translations)("BLEU and chrF are sacreBLEU's: $bleu, $chrf", ({ pairs, ...expected }) => {
  const { score, precisions, brevityPenalty } = bleu(pairs);
  expect(largestDifference([score, ...precisions, brevityPenalty], [expected.bleu, ...expected.precisions, expected.brevityPenalty])).toBeLessThan(1e-9);
  expect(chrf(pairs)).toBeCloseTo(expected.chrf, 9);
});

test('punctuation is apart, but within numbers', () => {
  expect(tokenize13a('It costs 1,234.50 dollars - "no more"!')).toEqual(['It', 'costs', '1,234.50', 'dollars', '-', '"', 'no', 'more', '"', '!']);
});

test('an empty corpus and a translation without reference are refused', () => {
  expect(() => bleu([])).toThrow('received no translation, expected one or more');
  expect(() => chrf([{ hypothesis: 'a', references: [] }])).toThrow('pairs[0].references: received none, expected one or more');
});

test("error rates are jiwer's, of each and of all together", () => {
  const all = new ErrorRate();
  for (const [index, [reference, hypothesis]] of speech.pairs.entries()) {
    expect([wordErrorRate(reference, hypothesis), characterErrorRate(reference, hypothesis)]).toEqual(speech.each[index]);
    all.add([reference.split(' ')], hypothesis.split(' ').filter((word) => word !== ''));
  }
  const { rate, substitutions, insertions, deletions, sequences, correct, sequenceErrorRate } = all.report();
  expect(rate).toBeCloseTo(speech.wer, 12);
  expect([substitutions, insertions, deletions]).toEqual(speech.edits);
  expect({ sequences, correct, sequenceErrorRate }).toEqual({ sequences: 4, correct: 1, sequenceErrorRate: 0.75 });
});

test('of several right answers the nearest counts', () => {
  const rate = new ErrorRate();
  rate.add([['T', 'AH', 'M', 'EY', 'T', 'OW'], ['T', 'AH', 'M', 'AA', 'T', 'OW']], ['T', 'AH', 'M', 'AA', 'T', 'OW']);
  expect(rate.report()).toMatchObject({ correct: 1, tokens: 6, rate: 0 });
  expect(edits([1, 2, 3], [2, 3, 4])).toEqual({ substitutions: 0, insertions: 1, deletions: 1 });
  expect(() => new ErrorRate().report()).toThrow('received no token to compare with');
  expect(() => rate.add([], ['T'])).toThrow('references: received none, expected one or more');
});

test("MASE is NumPy's, by the season", () => {
  for (const [season, expected] of Object.entries(forecast.mase)) expect(mase(forecast.predictions, forecast.actual, forecast.training, Number(season))).toBeCloseTo(expected, 12);
  expect(() => mase([1], [1], [2, 2, 2])).toThrow('received training data that equals itself 1 steps before');
  expect(() => mase([1], [1], [2, 3], 2)).toThrow('training: received 2 values, expected more than the season of 2');
});

test('errors, coverage and direction of a forecast', () => {
  expect(meanAbsolute([1, 2, 3], [2, 2, 5])).toBe(1);
  expect(rootMeanSquare([1, 2, 3], [2, 2, 5])).toBeCloseTo(Math.sqrt(5 / 3), 12);
  expect(coverage([0, 0, 0, 0], [1, 1, 1, 1], [0, 0.5, 1, 1.5])).toBe(0.75);
  expect(directionAccuracy([2, 0, 1], [3, 1, 2], [1, 1, 3])).toBe(1);
  expect(directionAccuracy([2, 2], [3, 0], [1, 1])).toBe(0.5);
  expect(() => meanAbsolute([], [])).toThrow('expected as many of each, and at least one');
});
