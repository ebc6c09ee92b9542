import { Progress } from './progress';

let now = 0;
beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());
const pass = (ms: number): void => void (now += ms);

test('the share of the time that was waited, whether the batch came at once or later', async () => {
  const progress = new Progress(0);
  await progress.waitFor(() => pass(20));
  pass(60);
  progress.count(8);
  expect([progress.waitShare, progress.examplesPerSecond]).toEqual([0.25, 100]);
  await progress.waitFor(async () => {
    await Promise.resolve();
    pass(40);
  });
  progress.count(8);
  expect(progress.waitShare).toBe(1);
  pass(5);
  progress.count(8);
  expect(progress.waitShare).toBe(0);
});

test('validation is no training: it counts neither for the speed nor for the waiting', async () => {
  const progress = new Progress(0);
  await progress.waitFor(() => pass(10));
  pass(990);
  expect(progress.endEpoch()).toBe(1);
  pass(100);
  progress.count(8);
  expect([progress.waitShare, progress.examplesPerSecond]).toEqual([0, 80]);
});

test('is due at the first step, then every so often, and when something was measured', () => {
  const progress = new Progress(500);
  const due = [0, 100, 399, 1, 10].map((ms) => {
    pass(ms);
    return progress.count(8);
  });
  expect(due).toEqual([true, false, false, true, false]);
  expect(progress.count(8, true)).toBe(true);
});
