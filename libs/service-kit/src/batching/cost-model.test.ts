import { CostModel } from './cost-model';

describe('CostModel', () => {
  test('learns a base and a cost for each example', () => {
    const cost = new CostModel();
    expect(cost.estimate(10)).toBe(0);
    for (const size of [1, 8, 32, 4, 16]) cost.observe(size, 3 + 0.5 * size, 0);
    expect(cost.estimate(64)).toBeCloseTo(35, 6);
    expect(cost.estimate(1)).toBeCloseTo(3.5, 6);
  });

  test('forgets: the runs of lately count', () => {
    const cost = new CostModel();
    for (let i = 0; i < 50; i++) cost.observe(1 + (i % 8), 100, 0);
    for (let i = 0; i < 100; i++) cost.observe(1 + (i % 8), 10, 0);
    expect(cost.estimate(4)).toBeCloseTo(10, 1);
  });

  test('is never below 0, nor smaller for more examples', () => {
    const cost = new CostModel();
    for (const [size, ms] of [[1, 50], [8, 5], [16, 5]] as const) cost.observe(size, ms, 0);
    expect(cost.estimate(100)).toBeGreaterThanOrEqual(cost.estimate(1));
    const steep = new CostModel();
    for (const [size, ms] of [[10, 1], [20, 30]] as const) steep.observe(size, ms, 0);
    expect(steep.estimate(1)).toBeGreaterThan(0);
  });

  test('is known after some runs, for some time', () => {
    const cost = new CostModel();
    for (let i = 0; i < 3; i++) {
      expect(cost.known(i)).toBe(false);
      cost.observe(1, 1, i);
    }
    expect(cost.known(100)).toBe(true);
    expect(cost.known(10_000)).toBe(false);
  });

  test('what was learned is forgotten once nothing has run for a second: it may be why', () => {
    const cost = new CostModel();
    for (let i = 0; i < 20; i++) cost.observe(1, 2000, 0);
    expect([cost.known(900), cost.known(1100)]).toEqual([true, false]);
    cost.observe(1, 5, 1100);
    expect(cost.estimate(1)).toBeCloseTo(5, 6);
    // One run is not enough to refuse anyone by.
    expect(cost.known(1100)).toBe(false);
  });
});
