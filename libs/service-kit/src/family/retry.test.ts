import { QuartetError } from '@quartet/contracts';
import { backoffMs, retry } from './retry';

describe('retry', () => {
  const away = new QuartetError('UNAVAILABLE', 'away');

  it('tries again what passes by itself', async () => {
    let tries = 0;
    const result = await retry(() => (++tries < 4 ? Promise.reject(away) : Promise.resolve('done')), { firstDelayMs: 1 });
    expect([result, tries]).toEqual(['done', 4]);
  });

  it('gives up at once on what does not', async () => {
    let tries = 0;
    const action = () => Promise.reject(new QuartetError('LEASE_LOST', `try ${++tries}`));
    await expect(retry(action, { firstDelayMs: 1 })).rejects.toThrow('try 1');
  });

  it('ends with the last error when its signal aborts', async () => {
    const started = Date.now();
    await expect(retry(() => Promise.reject(away), { signal: AbortSignal.timeout(100), firstDelayMs: 10_000, maxDelayMs: 10_000 })).rejects.toBe(away);
    expect(Date.now() - started).toBeLessThan(3_000);
  });
});

describe('backoffMs', () => {
  it('doubles up to its limit, never less than half', () => {
    for (const [attempt, ceiling] of [[1, 100], [3, 400], [20, 5_000], [2_000, 5_000]] as const) {
      const delay = backoffMs(attempt);
      expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
      expect(delay).toBeLessThanOrEqual(ceiling);
    }
  });
});
