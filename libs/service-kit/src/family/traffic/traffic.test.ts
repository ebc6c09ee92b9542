import { Canary, DataType, RollbackPolicy, type Tensor } from '@quartet/contracts';
import { tensorFromFloat32 } from '@quartet/client';
import { CanaryJudge } from './canary-judge';
import { goesToCanary } from './choose';
import { disagreement } from './disagreement';

const canary = (weight: number) => Canary.fromPartial({ version: 2n, weight });
const share = (weight: number, key: (i: number) => string | undefined) => Array.from({ length: 5000 }, (_, i) => goesToCanary('digits', canary(weight), key(i))).filter(Boolean).length / 5000;

describe('goesToCanary', () => {
  test.each([0, 10, 50, 100])('takes %d percent, at random and by key', (weight) => {
    for (const key of [() => undefined, (i: number) => `user-${i}`]) expect(Math.abs(share(weight, key) - weight / 100)).toBeLessThan(0.03);
  });

  test('decides a key always alike, and keeps those that were in when the weight grows', () => {
    for (let i = 0; i < 500; i++) {
      const at = (weight: number) => goesToCanary('digits', canary(weight), `user-${i}`);
      expect(at(30)).toBe(at(30));
      if (at(10)) expect(at(30)).toBe(true);
    }
  });
});

describe('disagreement', () => {
  const answer = (values: number[], name: string, modelVersion: bigint) => ({ results: [{ name, index: 1 }], logits: tensorFromFloat32(Float32Array.from(values), [1, values.length]), modelVersion });

  test('counts each number, text and field, and not the version', () => {
    expect(disagreement(answer([1, 2], 'a', 1n), answer([1, 2], 'a', 2n))).toBe(0);
    expect(disagreement(answer([1, 2], 'a', 1n), answer([1, 2.001], 'a', 1n))).toBe(0);
    expect(disagreement(answer([1, 2], 'a', 1n), answer([1, 3], 'a', 1n))).toBe(0.25);
    expect(disagreement(answer([1, 2], 'a', 1n), answer([1, 3], 'b', 1n))).toBe(0.5);
    expect(disagreement(answer([NaN, 2], 'a', 1n), answer([NaN, 2], 'a', 1n))).toBe(0);
  });

  test('takes other shapes, other lengths and missing fields as different', () => {
    const tensor = (shape: bigint[], data: number): Tensor => ({ dtype: DataType.DATA_TYPE_UINT8, shape: shape.map(Number) as never, data: Buffer.alloc(data) });
    expect(disagreement(tensor([2n], 2), tensor([3n], 3))).toBe(1);
    expect(disagreement([1, 2], [1])).toBe(0.5);
    expect(disagreement({ a: 1 }, { b: 1 })).toBe(1);
    expect(disagreement(Buffer.from('x'), Buffer.from('y'))).toBe(1);
  });
});

describe('CanaryJudge', () => {
  const judge = (policy: Partial<RollbackPolicy> = {}) => new CanaryJudge(RollbackPolicy.fromPartial({ minRequests: 10, ...policy }));
  const feed = (of: CanaryJudge, side: 'canary' | 'production', calls: number, failed: number, ms: number) => {
    for (let i = 0; i < calls; i++) of.record(side, i < failed, ms);
  };

  test('waits for enough calls, then judges by what fails beyond production', () => {
    const it = judge();
    feed(it, 'production', 100, 10, 5);
    feed(it, 'canary', 9, 9, 5);
    expect(it.verdict()).toBeUndefined();
    feed(it, 'canary', 1, 1, 5);
    expect(it.verdict()).toBe("100 % of its 10 calls failed, 10 % of production's 100");
    const alike = judge();
    feed(alike, 'production', 100, 50, 5);
    feed(alike, 'canary', 100, 54, 5);
    expect(alike.verdict()).toBeUndefined();
  });

  test('judges by median latency', () => {
    const it = judge({ maxLatencyRatio: 2 });
    feed(it, 'canary', 20, 0, 21);
    expect(it.verdict()).toBeUndefined();
    feed(it, 'production', 20, 0, 10);
    expect(it.verdict()).toBe("its median latency is 21.0 ms, production's 10.0 ms");
  });

  test('judges by disagreement only if asked to', () => {
    for (const [policy, verdict] of [[{}, undefined], [{ maxDisagreement: 0.1 }, "20 % of its answers' values differ from production's, in 10 calls"]] as const) {
      const it = judge(policy);
      for (let i = 0; i < 10; i++) it.recordDisagreement(0.2);
      expect(it.verdict()).toBe(verdict);
    }
  });

  test('does nothing where it is disabled', () => {
    const it = judge({ disabled: true });
    feed(it, 'canary', 100, 100, 5);
    expect(it.verdict()).toBeUndefined();
  });
});
