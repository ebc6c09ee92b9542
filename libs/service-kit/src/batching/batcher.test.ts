import { setTimeout as sleep } from 'node:timers/promises';
import { QuartetError } from '@quartet/contracts';
import { until } from '../testing/until';
import { Batcher, type BatcherOptions } from './batcher';

/** A batcher that squares numbers, keeps the batches it ran, and holds each until told if `gate` is on. */
function squares(options: Partial<BatcherOptions<number, number>> = {}, gate = false) {
  const batches: number[][] = [];
  const held: (() => void)[] = [];
  const batcher = new Batcher<number, number>({
    name: 'digits',
    maxBatch: 4,
    maxWaitMs: 20,
    maxQueue: 100,
    run: async (items: number[]) => {
      batches.push(items);
      if (gate) await new Promise<void>((resolve) => held.push(resolve));
      return items.map((x) => x * x);
    },
    ...options,
  });
  /** Lets the running batch end, and the next ones start. */
  const release = async () => {
    held.shift()?.();
    await sleep(5);
  };
  return { batcher, batches, release };
}

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (QuartetError.is(error) ? error.reason : String(error)),
  );

describe('Batcher', () => {
  test('a full batch starts at once, each caller gets its own result', async () => {
    const { batcher, batches } = squares({ maxWaitMs: 60_000 });
    expect(await Promise.all([1, 2, 3, 4].map((x) => batcher.submit(x)))).toEqual([1, 4, 9, 16]);
    expect(batches).toEqual([[1, 2, 3, 4]]);
  });

  test('a lone request waits no longer than maxWaitMs', async () => {
    const { batcher, batches } = squares({ maxWaitMs: 30 });
    const started = performance.now();
    expect(await batcher.submit(5)).toBe(25);
    const waited = performance.now() - started;
    expect(waited).toBeGreaterThanOrEqual(28);
    expect(waited).toBeLessThan(1000);
    expect(batches).toEqual([[5]]);
  });

  test('one request after the other waits for no company any more; many at once do again', async () => {
    const batches: number[][] = [];
    const release: (() => void)[] = [];
    const batcher = new Batcher<number, number>({
      name: 'digits',
      maxBatch: 100,
      maxWaitMs: 60_000,
      maxQueue: 100,
      run: (items) => {
        batches.push(items);
        return new Promise((resolve) => release.push(() => resolve(items)));
      },
    });
    const done = async (all: Promise<number>[]) => {
      release.splice(0).forEach((end) => end());
      await Promise.all(all);
    };
    // The first ones would wait a minute, were it not for their deadlines.
    for (let x = 0; x < 5; x++) {
      const alone = batcher.submit(x, { deadline: new Date(Date.now() + 50) });
      await until(() => release.length === 1);
      await done([alone]);
    }
    // No deadline, and yet it starts at once; what comes meanwhile goes together.
    const first = batcher.submit(10);
    expect(batches.at(-1)).toEqual([10]);
    const rest = [11, 12, 13, 14].map((x) => batcher.submit(x));
    await done([first]);
    expect(batches.at(-1)).toEqual([11, 12, 13, 14]);
    await done(rest);
    // Batches have company again: a request waits for it.
    const waiting = batcher.submit(20);
    expect(batches).toHaveLength(7);
    batcher.close();
    await expect(waiting).rejects.toMatchObject({ reason: 'DRAINING' });
  });

  test('while a batch runs, what comes collects into the next ones', async () => {
    const { batcher, batches, release } = squares({ maxWaitMs: 0 }, true);
    const first = batcher.submit(1);
    const rest = [2, 3, 4, 5, 6].map((x) => batcher.submit(x));
    await sleep(5);
    expect(batches).toEqual([[1]]);
    await release();
    await release();
    await release();
    expect(await Promise.all([first, ...rest])).toEqual([1, 4, 9, 16, 25, 36]);
    expect(batches).toEqual([[1], [2, 3, 4, 5], [6]]);
  });

  test('concurrency lets that many batches run', async () => {
    const { batcher, batches, release } = squares({ maxWaitMs: 0, maxBatch: 1, concurrency: 2 }, true);
    const all = [1, 2, 3].map((x) => batcher.submit(x));
    await sleep(5);
    expect(batches).toEqual([[1], [2]]);
    for (let i = 0; i < 3; i++) await release();
    await Promise.all(all);
  });

  test('sizes count: a request that would overfill the batch goes into the next', async () => {
    const { batcher, batches } = squares({ maxWaitMs: 10 });
    const sizes: [number, number][] = [[1, 2], [2, 1], [3, 2], [4, 9]];
    await Promise.all(sizes.map(([x, size]) => batcher.submit(x, { size })));
    expect(batches).toEqual([[1, 2], [3], [4]]);
  });

  test('different keys never share a batch, and the one waiting longest goes first', async () => {
    const { batcher, batches, release } = squares({ keyOf: (x) => (x % 2 ? 'odd' : 'even'), maxWaitMs: 0 }, true);
    const all = [9, 2, 1, 4, 3].map((x) => batcher.submit(x));
    for (let i = 0; i < 3; i++) await release();
    await Promise.all(all);
    expect(batches).toEqual([[9], [2, 4], [1, 3]]);
  });

  test('a full queue refuses with QUEUE_FULL and a retry delay', async () => {
    const { batcher, release } = squares({ maxWaitMs: 0, maxBatch: 1, maxQueue: 2 }, true);
    const accepted = [1, 2, 3].map((x) => batcher.submit(x)); // One runs, two wait.
    const refused = await batcher.submit(4).catch((error: unknown) => error as QuartetError);
    expect(refused).toMatchObject({ reason: 'QUEUE_FULL', message: '2 requests wait for digits; the limit is 2. Send this one again later, or add replicas.' });
    expect((refused as QuartetError).retryAfterMs).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) await release();
    expect(await Promise.all(accepted)).toEqual([1, 4, 9]);
    expect(await Promise.all([batcher.submit(5), release()])).toEqual([25, undefined]);
  });

  test('a cancelled request leaves the queue; its neighbours are answered', async () => {
    const { batcher, batches, release } = squares({ maxWaitMs: 0 }, true);
    const cancel = new AbortController();
    const first = batcher.submit(1);
    const gone = reasonOf(batcher.submit(2, { signal: cancel.signal }));
    const third = batcher.submit(3);
    cancel.abort(new QuartetError('CANCELLED', 'the caller left'));
    expect(await gone).toBe('CANCELLED');
    expect(batcher.length).toBe(1);
    await release();
    await release();
    expect([await first, await third]).toEqual([1, 9]);
    expect(batches).toEqual([[1], [3]]);
  });

  test('a request cancelled while its batch runs does not fail the batch', async () => {
    const { batcher, release } = squares({ maxBatch: 2 }, true);
    const cancel = new AbortController();
    const gone = reasonOf(batcher.submit(1, { signal: cancel.signal }));
    const other = batcher.submit(2);
    cancel.abort(new QuartetError('CANCELLED', 'the caller left'));
    expect(await gone).toBe('CANCELLED');
    await release();
    expect(await other).toBe(4);
  });

  test('a request whose deadline passes while it waits never runs', async () => {
    const { batcher, batches, release } = squares({ maxWaitMs: 0 }, true);
    const first = batcher.submit(1);
    const late = reasonOf(batcher.submit(2, { deadline: new Date(Date.now() + 20) }));
    const patient = batcher.submit(3, { deadline: new Date(Date.now() + 20_000) });
    expect(await late).toBe('DEADLINE_EXCEEDED');
    await release();
    await release();
    expect([await first, await patient]).toEqual([1, 9]);
    expect(batches).toEqual([[1], [3]]);
    expect(await reasonOf(batcher.submit(4, { deadline: new Date(Date.now() - 1) }))).toBe('DEADLINE_EXCEEDED');
  });

  test('a near deadline starts the batch before maxWaitMs', async () => {
    const { batcher } = squares({ maxWaitMs: 60_000, run: async (items) => sleep(40, items) });
    await batcher.submit(1, { size: 4 }); // Teaches how long a run takes.
    const deadline = new Date(Date.now() + 500);
    expect(await batcher.submit(2, { deadline })).toBe(2);
    expect(Date.now()).toBeLessThan(deadline.getTime());
  });

  test('what validate throws stays with its request', async () => {
    const validate = (x: number) => {
      if (x < 0) throw QuartetError.invalid('x', `is ${x}; expected 0 or more`);
    };
    const { batcher, batches } = squares({ validate });
    const [bad, good] = [reasonOf(batcher.submit(-1)), batcher.submit(2)];
    expect([await bad, await good]).toEqual(['INVALID_FIELD', 4]);
    expect(batches).toEqual([[2]]);
  });

  test('an Error among the results fails its request alone', async () => {
    const { batcher } = squares({ run: (items) => Promise.resolve(items.map((x) => (x === 2 ? new Error('not two') : x))), maxBatch: 2 });
    expect(await Promise.all([1, 2].map((x) => reasonOf(batcher.submit(x))))).toEqual(['resolved', 'Error: not two']);
  });

  test('a failed run fails only the request that causes it: the others run without it', async () => {
    const batches: number[][] = [];
    const run = (items: number[]): Promise<number[]> => {
      batches.push(items);
      return items.includes(3) ? Promise.reject(new Error('three')) : Promise.resolve(items);
    };
    const { batcher } = squares({ run });
    expect(await Promise.all([1, 2, 3, 4].map((x) => reasonOf(batcher.submit(x))))).toEqual(['resolved', 'resolved', 'Error: three', 'resolved']);
    expect(batches).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]);
    expect(await Promise.all([5, 6].map((x) => batcher.submit(x)))).toEqual([5, 6]);
  });

  test.each(['UNAVAILABLE', 'DRAINING'] as const)('a run that fails with %s is not repeated here', async (reason) => {
    let runs = 0;
    const run = (): Promise<number[]> => {
      runs += 1;
      return Promise.reject(new QuartetError(reason, 'gone'));
    };
    const { batcher } = squares({ run, maxBatch: 2 });
    expect(await Promise.all([1, 2].map((x) => reasonOf(batcher.submit(x))))).toEqual([reason, reason]);
    expect(runs).toBe(1);
  });

  test('higher priorities go first, and no one starves', async () => {
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate'], now: 1_000_000 });
    try {
      const batches: number[][] = [];
      const held: (() => void)[] = [];
      const run = async (items: number[]) => {
        batches.push(items);
        await new Promise<void>((resolve) => held.push(resolve));
        return items;
      };
      const { batcher } = squares({ maxWaitMs: 0, maxBatch: 1, run });
      const all = [batcher.submit(0)];
      for (const [x, priority] of [[1, 0], [2, -1], [3, 0], [4, 2]] as const) all.push(batcher.submit(x, { priority }));
      jest.setSystemTime(1_001_500);
      // What has waited for a second and a half goes before a priority of 1 that comes now.
      all.push(batcher.submit(5, { priority: 1 }));
      for (let i = 0; i < all.length; i++) {
        held.shift()?.();
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      }
      await Promise.all(all);
      expect(batches).toEqual([[0], [4], [1], [3], [5], [2]]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('what a deadline does not leave time for is refused at once, by what runs of that size took', async () => {
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate'] });
    try {
      const run = async (items: number[]) => {
        await new Promise((resolve) => setTimeout(resolve, 5 + items.reduce((a, b) => a + b, 0)));
        return items;
      };
      const { batcher } = squares({ maxBatch: 100, maxWaitMs: 0, run });
      const submit = (size: number, ms?: number) => batcher.submit(size, { size, deadline: ms === undefined ? undefined : new Date(Date.now() + ms) });
      for (const size of [20, 40, 80]) {
        const done = submit(size);
        await jest.advanceTimersByTimeAsync(500);
        await done;
      }
      await expect(submit(60, 50)).rejects.toMatchObject({
        reason: 'DEADLINE_EXCEEDED',
        message: "digits takes about 65 ms for 60 examples; the call's deadline leaves 50 ms. Allow more time, or send less at once.",
      });
      const running = submit(90);
      await jest.advanceTimersByTimeAsync(15);
      await expect(submit(10, 90)).rejects.toMatchObject({
        reason: 'QUEUE_FULL',
        retryAfterMs: 80,
        message: "digits has about 80 ms of work before this request; the call's deadline leaves 90 ms. Send it again later, allow more time, or add replicas.",
      });
      // It would be done with 10 ms to spare, if all went as estimated.
      await expect(submit(10, 105)).rejects.toMatchObject({ reason: 'QUEUE_FULL', retryAfterMs: 80 });
      const inTime = submit(10, 190);
      // Those that wait already go first where time gets short, though there were room for all in one batch.
      const waiting = submit(40);
      await expect(submit(10, 270)).rejects.toMatchObject({ reason: 'QUEUE_FULL', retryAfterMs: 135 });
      await jest.advanceTimersByTimeAsync(500);
      expect(await Promise.all([running, inTime, waiting])).toEqual([90, 10, 40]);
      // An estimate that is old refuses no one.
      await jest.advanceTimersByTimeAsync(10_000);
      const tried = reasonOf(submit(60, 50));
      await jest.advanceTimersByTimeAsync(500);
      expect(await tried).toBe('resolved');
    } finally {
      jest.useRealTimers();
    }
  });

  test('what a slow run has left too little time for is refused, and does not take the time of the others', async () => {
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate'] });
    try {
      let ms = 20;
      const ran: number[][] = [];
      const run = async (items: number[]) => {
        ran.push(items);
        await new Promise((resolve) => setTimeout(resolve, ms));
        return items;
      };
      const { batcher } = squares({ maxBatch: 10, maxWaitMs: 0, run });
      const submit = (item: number, left?: number) => reasonOf(batcher.submit(item, { deadline: left === undefined ? undefined : new Date(Date.now() + left) }));
      for (const item of [1, 2, 3]) {
        const done = submit(item);
        await jest.advanceTimersByTimeAsync(100);
        await done;
      }
      ms = 90;
      const slow = submit(4);
      await jest.advanceTimersByTimeAsync(1);
      const waiting = [submit(5, 100), submit(6, 500), submit(7)];
      await jest.advanceTimersByTimeAsync(500);
      expect(await Promise.all([slow, ...waiting])).toEqual(['resolved', 'QUEUE_FULL', 'resolved', 'resolved']);
      expect(ran.slice(3)).toEqual([[4], [6, 7]]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a run that loses an item is an error, not a wrong answer', async () => {
    const { batcher } = squares({ run: (items) => Promise.resolve(items.slice(1)), maxBatch: 2 });
    const outcomes = await Promise.all([1, 2].map((x) => reasonOf(batcher.submit(x))));
    expect(outcomes).toEqual(Array(2).fill('Error: digits: 2 items went in, 1 results came out'));
  });

  test('close fails what waits, finishes what runs, refuses the rest', async () => {
    const { batcher, release } = squares({ maxWaitMs: 0 }, true);
    const running = batcher.submit(1);
    const waiting = reasonOf(batcher.submit(2));
    batcher.close();
    expect(await waiting).toBe('DRAINING');
    expect(await reasonOf(batcher.submit(3))).toBe('DRAINING');
    await release();
    expect(await running).toBe(1);
  });
});
