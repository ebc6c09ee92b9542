import { planStep } from './plan-step';

const plans = (steps: number, ...args: [number, number, number]) => Array.from({ length: steps }, (_, step) => planStep(step, ...args));

test('without accumulation each step makes an update', () => {
  expect(plans(3, 2, 1, 0)).toEqual([1, 2, 3].map((update) => ({ update, averaged: 1, diagnose: false })));
});

test('four steps make an update, and those left at the end of an epoch make one of their own', () => {
  const given = plans(12, 6, 4, 0);
  expect(given.map(({ averaged }) => averaged)).toEqual([0, 0, 0, 4, 0, 2, 0, 0, 0, 4, 0, 2]);
  expect(given.map(({ update }) => update)).toEqual([1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4]);
});

test('measures every so many steps, at the next step that makes an update', () => {
  const measured = (...args: [number, number, number]) => plans(24, ...args).flatMap(({ diagnose }, step) => (diagnose ? [step + 1] : []));
  expect(measured(100, 1, 10)).toEqual([10, 20]);
  expect(measured(100, 4, 10)).toEqual([12, 20]);
  expect(measured(100, 4, 1)).toEqual([4, 8, 12, 16, 20, 24]);
});
