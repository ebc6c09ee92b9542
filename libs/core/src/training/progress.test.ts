import { setTimeout as pause } from 'node:timers/promises';
import { Progress } from './progress';

const busy = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until; );
};

test('the share of the time that was waited, whether the batch came at once or later', async () => {
  const progress = new Progress(0);
  await progress.waitFor(() => busy(20));
  busy(60);
  progress.count(8);
  expect(progress.waitShare).toBeGreaterThan(0.15);
  expect(progress.waitShare).toBeLessThan(0.5);
  await progress.waitFor(() => pause(40));
  progress.count(8);
  expect(progress.waitShare).toBeGreaterThan(0.9);
  busy(5);
  progress.count(8);
  expect(progress.waitShare).toBe(0);
});

test('is due at the first step, then every so often, and when something was measured', () => {
  const progress = new Progress(1e9);
  expect([progress.count(8), progress.count(8), progress.count(8, true), progress.count(8)]).toEqual([true, false, true, false]);
});
