import { scheduleFactor } from './schedule';

const at = (kind: Parameters<typeof scheduleFactor>[0], steps: number[]): number[] => steps.map((step) => scheduleFactor(kind, step, 1000));

test('constant', () => expect(at('constant', [0, 500, 999])).toEqual([1, 1, 1]));

test('step: a tenth at 60 % and again at 85 %', () => {
  expect(at('step', [0, 599, 600, 849, 850, 999])).toEqual([1, 1, 0.1, 0.1, 0.01, 0.01]);
});

test('warmupCosine: linear to 1 over 5 % of the steps, half at the middle of the rest, 0 in the end', () => {
  const factors = at('warmupCosine', [0, 24, 49, 50, 525, 1000]);
  [0.02, 0.5, 1, 1, 0.5, 0].forEach((value, index) => expect(factors[index]).toBeCloseTo(value, 12));
});

test('warmupCosine of a training of one step trains', () => {
  expect(scheduleFactor('warmupCosine', 0, 1)).toBe(1);
});
