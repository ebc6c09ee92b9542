import { FairShare } from './fair-share';

/** Serves one at a time for `turns`, each model always with something to do. @returns what each got, in ms */
function serve(share: FairShare, cost: Record<string, number>, turns: number, priority: Record<string, number> = {}): Record<string, number> {
  const got = Object.fromEntries(Object.keys(cost).map((key) => [key, 0]));
  for (const key of Object.keys(cost)) share.arrive(key);
  for (let turn = 0; turn < turns; turn++) {
    const [next] = share.order(Object.keys(cost).map((key) => ({ key, priority: priority[key] ?? 0 })));
    share.start(next!.key);
    share.arrive(next!.key);
    share.end(next!.key, cost[next!.key]!);
    got[next!.key]! += cost[next!.key]!;
  }
  for (const key of Object.keys(cost)) {
    share.start(key);
    share.end(key, 0);
  }
  return got;
}

describe('FairShare', () => {
  test('gives each model the same time, not the same number of runs', () => {
    const got = serve(new FairShare(), { heavy: 50, light: 5 }, 1100);
    expect(Math.abs(got['heavy']! - got['light']!)).toBeLessThanOrEqual(50);
  });

  test('a model that was idle has saved nothing up', () => {
    const share = new FairShare();
    serve(share, { early: 10 }, 1000);
    const got = serve(share, { early: 10, late: 10 }, 100);
    expect(Math.abs(got['early']! - got['late']!)).toBeLessThanOrEqual(20);
  });

  test('a priority puts a model ahead, but starves no one', () => {
    const got = serve(new FairShare(), { first: 10, second: 10 }, 200, { first: 3 });
    expect(got['first']! - got['second']!).toBeGreaterThanOrEqual(290);
    expect(got['second']).toBeGreaterThan(500);
  });

  test('requests under way count', () => {
    const share = new FairShare();
    for (const key of ['a', 'b']) {
      share.arrive(key);
      share.start(key);
      share.end(key, 10);
    }
    share.arrive('a');
    share.start('a');
    expect(share.order([{ key: 'a', priority: 0 }, { key: 'b', priority: 0 }])[0]!.key).toBe('b');
  });
});
