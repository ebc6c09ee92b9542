import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../logging/logger';
// The built pool: a worker thread runs JavaScript, not TypeScript.
import { EnginePool } from '../../../dist/family/engine/pool';
import type { Tensors } from './protocol';

const log = createLogger({ service: 'test', level: 'silent' });
const input = (...values: number[]) => (): Tensors => ({ x: { dtype: 'float32', shape: [values.length], data: Float32Array.from(values) } });

describe('EnginePool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-pool-'));
  const version = (name: string, factor: string): string => {
    const place = join(folder, name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'factor'), factor);
    return place;
  };
  let pool: EnginePool;

  beforeAll(async () => {
    pool = new EnginePool({ workers: 2, hostModule: join(__dirname, '../../testing/fixture-host.cjs'), log });
    await pool.start();
    await pool.load('double/1', version('double', '2'));
  }, 60_000);
  afterAll(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a loaded version and says when and where', async () => {
    const before = Date.now();
    const { outputs, startedAt, endedAt, worker } = await pool.run('double/1', 'run', input(1, 2, 3));
    expect([...outputs['y']!.data]).toEqual([2, 4, 6]);
    expect(startedAt).toBeGreaterThan(before - 1000);
    expect(endedAt).toBeGreaterThanOrEqual(startedAt);
    expect([0, 1]).toContain(worker);
  });

  it('runs many at once, each with its own answer', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.run('double/1', 'run', input(i))));
    expect(results.map(({ outputs }) => outputs['y']!.data[0])).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
    expect(new Set(results.map(({ worker }) => worker)).size).toBe(2);
  });

  it('passes on what the model throws, and lives on', async () => {
    await expect(pool.run('double/1', 'refuse', input(1))).rejects.toMatchObject({ reason: 'INTERNAL', message: 'x is odd' });
    expect([...(await pool.run('double/1', 'run', input(4))).outputs['y']!.data]).toEqual([8]);
  });

  it('refuses a version that fails to load, and one that was unloaded', async () => {
    await expect(pool.load('bad/1', version('bad', 'nonsense'))).rejects.toThrow('the factor is no number');
    await expect(pool.run('bad/1', 'run', input(1))).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    await pool.load('triple/1', version('triple', '3'));
    expect([...(await pool.run('triple/1', 'run', input(2))).outputs['y']!.data]).toEqual([6]);
    await pool.unload('triple/1');
    await expect(pool.run('triple/1', 'run', input(2))).rejects.toThrow('triple/1 was unloaded');
  });

  it('repeats a request whose worker ended, in another', async () => {
    const { outputs } = await pool.run('double/1', 'crash once', input(5));
    expect([...outputs['y']!.data]).toEqual([10]);
  }, 60_000);

  it('gives up on a request that ends each worker, replaces them, and loads what they held', async () => {
    await expect(pool.run('double/1', 'crash', input(1))).rejects.toMatchObject({ reason: 'UNAVAILABLE', retryAfterMs: 500 });
    const results = await Promise.all(Array.from({ length: 8 }, (_, i) => pool.run('double/1', 'run', input(i))));
    expect(results.map(({ outputs }) => outputs['y']!.data[0])).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  }, 60_000);

  it('refuses requests once it is closed', async () => {
    await pool.close();
    await expect(pool.run('double/1', 'run', input(1))).rejects.toMatchObject({ reason: 'DRAINING' });
  });
});
