import { uploadDataset, tensorFromUint8 } from '@quartet/client';
import { DatasetFormat, type QuartetError } from '@quartet/contracts';
import { idxFiles, mnist, shrunk } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform, tinySpec } from './testing/platform';

const model = { name: 'digits' };

describe('canary, shadow and rollback', () => {
  let platform: Platform;
  let image: ReturnType<typeof tensorFromUint8>;
  let digits: Buffer[];

  const classify = (metadata: Record<string, string> = {}, ref: Parameters<Platform['family']['cnn']['classify']>[0] = { model }) =>
    platform.family.cnn.classify({ input: { $case: 'batch', value: image }, includeLogits: true, ...ref }, { metadata });
  const versionOf = async (metadata?: Record<string, string>) => (await classify(metadata)).modelVersion;
  const models = () => platform.control.models;
  const until = async (what: string, holds: () => Promise<boolean>) => {
    for (const end = Date.now() + 60_000; !(await holds()); ) {
      if (Date.now() > end) throw new Error(`${what}: never`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const loaded = (version: number) => platform.service.line((line) => line['version'] === `digits/${version}` && line.msg === 'version loaded');

  beforeAll(async () => {
    platform = await Platform.start();
    await platform.uploadDigits('digits', 300, 50);
    const small = (part: 'train' | 't10k', digits: Awaited<ReturnType<typeof mnist>>) => idxFiles(part, shrunk(digits));
    await uploadDataset(platform.control, 'small', { format: DatasetFormat.DATASET_FORMAT_IDX }, [...small('train', await mnist('train', 300)), ...small('t10k', await mnist('t10k', 50))]);
    for (const [dataset, seed] of [['digits', 1], ['digits', 2], ['small', 3]] as const) {
      await platform.weightsOf(await platform.train({ model: 'digits', dataset, spec: tinySpec, options: { epochs: 1, batchSize: 32, seed } }));
    }
    await models().promoteVersion({ model: 'digits', version: 1 });
    image = tensorFromUint8((await mnist('t10k', 1)).images, [1, 28, 28]);
    const many = Buffer.from((await mnist('t10k', 50)).images);
    digits = Array.from({ length: 50 }, (_, row) => many.subarray(row * 784, (row + 1) * 784));
    await until('version 1 answers', async () => (await versionOf().catch(() => 0n)) === 1n);
  });
  afterAll(() => platform?.stop());

  it('shares the calls out by weight, always alike for a key, and by label for who asks', async () => {
    await models().setTraffic({ model: 'digits', canary: { version: 2, weight: 50, rollback: { disabled: true } } });
    await loaded(2);
    await until('the canary answers', async () => (await versionOf()) === 2n);
    const counts = { '1': 0, '2': 0 };
    for (let i = 0; i < 60; i++) counts[`${await versionOf()}` as '1' | '2'] += 1;
    expect(Math.min(counts['1'], counts['2'])).toBeGreaterThan(10);
    const byKey = new Map<string, bigint>();
    for (let i = 0; i < 40; i++) {
      const key = `user-${i % 20}`;
      const version = await versionOf({ 'quartet-routing-key': key });
      expect(byKey.get(key) ?? version).toBe(version);
      byKey.set(key, version);
    }
    expect(new Set(byKey.values()).size).toBe(2);
    for (let i = 0; i < 10; i++) {
      expect(await versionOf({ 'quartet-label': 'canary' })).toBe(2n);
      expect(await versionOf({ 'quartet-label': 'production' })).toBe(1n);
      expect((await classify({ 'quartet-label': 'canary' }, { model: { name: 'digits', target: { $case: 'version', value: 1 } } })).modelVersion).toBe(1n);
    }
    const error = await classify({ 'quartet-label': 'nightly' }).then(() => undefined, (thrown: QuartetError) => thrown);
    expect(error?.message).toContain("model 'digits' has no label 'nightly'");
    await models().setTraffic({ model: 'digits', canary: { version: 2, weight: 0 } });
    await until('no call goes there', async () => {
      for (let i = 0; i < 20; i++) if ((await versionOf()) !== 1n) return false;
      return true;
    });
    expect(await versionOf({ 'quartet-label': 'canary' })).toBe(2n);
  });

  it('rolls back a canary whose calls fail, by itself', async () => {
    // It takes images of 7x7 pixels: each of these calls is an error for it, and none for production.
    await models().setTraffic({ model: 'digits', canary: { version: 3, weight: 50, rollback: { minRequests: 5 } } });
    await loaded(3);
    let failed = 0;
    await until('it is rolled back', async () => {
      await classify().catch(() => (failed += 1));
      return (await models().getTraffic({ model: 'digits' })).canary === undefined;
    });
    expect(failed).toBeGreaterThanOrEqual(5);
    expect((await models().getTraffic({ model: 'digits' })).lastRollback).toMatch(/^version 3: 100 % of its \d+ calls failed, 0 % of production's \d+$/);
    for (let i = 0; i < 20; i++) expect(await versionOf()).toBe(1n);
  });

  it('compares a shadow with production, and rolls a canary back that answers otherwise', async () => {
    await models().setTraffic({ model: 'digits', canary: { version: 2, weight: 0, rollback: { minRequests: 3, maxDisagreement: 0.01 } }, shadow: { version: 2, percent: 100 } });
    await until('it is rolled back', async () => {
      // By its label too: the copy goes to the shadow whatever the call names.
      expect((await classify({}, { model: { name: 'digits', target: { $case: 'label', value: 'production' } } })).modelVersion).toBe(1n);
      return (await models().getTraffic({ model: 'digits' })).canary === undefined;
    });
    expect((await models().getTraffic({ model: 'digits' })).lastRollback).toMatch(/^version 2: [\d.]+ % of its answers' values differ from production's, in \d+ calls$/);
    expect((await models().getTraffic({ model: 'digits' })).shadow).toMatchObject({ version: 2n, percent: 100 });
  });

  describe('of one that is less sure than production', () => {
    const lastRollback = async () => (await models().getTraffic({ model: 'digits' })).lastRollback;
    const infer = (row: Buffer) =>
      platform.family.inference.modelInfer({ modelName: 'digits', inputs: [{ name: 'images', datatype: 'UINT8', shape: [1n, 28n, 28n, 1n] }], rawInputContents: [row] });

    beforeAll(async () => {
      // It answers as fast as production, without an error, and has learned next to nothing.
      const unlearned = { model: 'digits', dataset: 'digits', spec: tinySpec, options: { epochs: 1, batchSize: 32, seed: 4, learningRate: 1e-6 }, calibration: { temperatureScaling: false } };
      await platform.weightsOf(await platform.train(unlearned));
    });

    it.each([
      ['Classify', async (row: Buffer) => (await platform.family.cnn.classify({ model, input: { $case: 'batch', value: tensorFromUint8(row, [1, 28, 28]) } })).modelVersion],
      ['ModelInfer', async (row: Buffer) => BigInt((await infer(row)).modelVersion)],
    ])('rolls back by the answers to %s alone, no shadow needed', async (_method, ask) => {
      await models().setTraffic({ model: 'digits', canary: { version: 4, weight: 50, rollback: { minRequests: 40 } } });
      await until('the canary answers', async () => (await ask(digits[0]!)) === 4n);
      const answered = { '1': 0, '4': 0 };
      for (let i = 0; (await lastRollback()) === ''; i++) {
        if (i > 1000) throw new Error('it was never rolled back');
        answered[`${await ask(digits[i % digits.length]!)}` as '1' | '4'] += 1;
      }
      expect(await lastRollback()).toMatch(/^version 4: its mean confidence is 0\.[12]\d*, production's 0\.\d+, over \d+ and \d+ calls$/);
      expect(answered['4']).toBeGreaterThanOrEqual(39);
    });

    it('keeps it where the policy does not look, and one that is surer than production', async () => {
      for (const [version, rollback] of [[4, { minRequests: 30, maxDrift: 0 }], [2, { minRequests: 30 }]] as const) {
        await models().setTraffic({ model: 'digits', canary: { version, weight: 50, rollback } });
        await until('the canary answers', async () => (await versionOf()) === BigInt(version));
        for (let i = 0; i < 200; i++) await classify({}, { model, input: { $case: 'batch', value: tensorFromUint8(digits[i % digits.length]!, [1, 28, 28]) } });
        expect((await models().getTraffic({ model: 'digits' })).canary?.version).toBe(BigInt(version));
      }
    });
  });

  it('begins anew with a canary that was rolled back and is set again', async () => {
    await models().setTraffic({ model: 'digits', canary: { version: 2, weight: 100, rollback: { minRequests: 3, maxDisagreement: 0.01 } } });
    await until('the canary answers', async () => (await versionOf()) === 2n);
    await models().setTraffic({ model: 'digits' });
    await until('production answers', async () => (await versionOf()) === 1n);
  });

  it('goes back to the version before', async () => {
    await models().promoteVersion({ model: 'digits', version: 2 });
    await until('version 2 answers', async () => (await versionOf()) === 2n);
    expect(await models().rollback({ model: 'digits' })).toEqual({ endedCanary: 0n, production: 1n, previous: 2n });
    await until('version 1 answers', async () => (await versionOf()) === 1n);
  });
});
