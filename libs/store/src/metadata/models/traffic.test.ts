import type { Shadow} from '@quartet/contracts';
import { Canary, Family, type Traffic } from '@quartet/contracts';
import { publishedVersion, uniqueName, until } from '../../testing/fixtures';
import { DATABASES, openTestMetadata, type MetadataUnderTest } from '../../testing/metadata';

const canaryOf = (version: bigint, weight: number, rollback?: Partial<Canary['rollback']>): Canary => Canary.fromPartial({ version, weight, rollback });

describe.each(DATABASES)('traffic in %s', (_name, place) => {
  let subject: MetadataUnderTest;
  beforeAll(async () => void (subject = await openTestMetadata(place)));
  afterAll(() => subject?.close());

  /** A model with three versions, of which the first is in production. */
  async function model(family = Family.FAMILY_CNN): Promise<string> {
    const name = uniqueName('model');
    for (let i = 0; i < 3; i++) await publishedVersion(subject, name, family);
    await subject.metadata.models.promote({ model: name, version: 1n, label: '', expectedVersion: undefined });
    return name;
  }
  const set = (name: string, canary?: Canary, shadow?: Shadow): Promise<Traffic> => subject.metadata.traffic.set({ model: name, canary, shadow });
  const labels = async (name: string): Promise<string[]> => (await subject.metadata.models.get(name)).labels.map((label) => `${label.name}:${label.version}`);
  const rollback = (name: string, canaryVersion?: bigint, reason = '') => subject.metadata.traffic.rollback({ model: name, canaryVersion, reason });

  it('sets a canary and a shadow with their labels, and takes them away', async () => {
    const name = await model();
    expect(await subject.metadata.traffic.get(name)).toMatchObject({ model: name, canary: undefined, shadow: undefined });
    await set(name, canaryOf(2n, 10), { version: 3n, percent: 50 });
    expect(await labels(name)).toEqual(['canary:2', 'production:1', 'shadow:3']);
    expect(await subject.metadata.traffic.get(name)).toMatchObject({ canary: { version: 2n, weight: 10 }, shadow: { version: 3n, percent: 50 } });
    await expect(subject.metadata.models.deleteVersion(name, 2n)).rejects.toMatchObject({ reason: 'WRONG_STATE' });
    await set(name, canaryOf(3n, 0, { maxDrift: 0 }));
    expect(await labels(name)).toEqual(['canary:3', 'production:1']);
    // Unset is the default, 0 isn't.
    expect((await subject.metadata.traffic.get(name)).canary?.rollback?.maxDrift).toBe(0);
    await subject.metadata.models.deleteLabel(name, 'canary');
    expect((await subject.metadata.traffic.get(name)).canary).toBeUndefined();
  });

  it('ends a canary that is promoted, and one that is rolled back, with the reason', async () => {
    const name = await model();
    await set(name, canaryOf(2n, 10));
    await subject.metadata.models.promote({ model: name, version: 2n, label: '', expectedVersion: undefined });
    expect([await labels(name), (await subject.metadata.traffic.get(name)).canary]).toEqual([['production:2'], undefined]);
    await set(name, canaryOf(3n, 10));
    expect(await rollback(name, 3n, 'it failed')).toEqual({ endedCanary: 3n, production: 2n, previous: 2n });
    expect(await subject.metadata.traffic.get(name)).toMatchObject({ canary: undefined, lastRollback: 'version 3: it failed' });
    await expect(rollback(name, 3n)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: `Version 3 is no canary of model "${name}" (any longer). Look at ModelService.GetTraffic.` });
    expect(await rollback(name)).toEqual({ endedCanary: 0n, production: 1n, previous: 2n });
    expect(await rollback(name)).toEqual({ endedCanary: 0n, production: 2n, previous: 1n });
  });

  it('says where there is nothing to go back to', async () => {
    const name = await model();
    await expect(rollback(name)).rejects.toMatchObject({
      message: `Model "${name}" has no canary, and production has pointed at version 1 only. Promote a version instead.`,
    });
    await expect(rollback('absent')).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
    await subject.metadata.models.promote({ model: name, version: 2n, label: '', expectedVersion: undefined });
    await subject.metadata.models.deleteVersion(name, 1n);
    await expect(rollback(name)).rejects.toMatchObject({ reason: 'VERSION_NOT_FOUND' });
  });

  it('refuses what makes no sense', async () => {
    const name = await model();
    await expect(set(name, canaryOf(9n, 10))).rejects.toMatchObject({ reason: 'VERSION_NOT_FOUND' });
    await expect(set('absent', canaryOf(1n, 10))).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
    await expect(set(name, canaryOf(1n, 10))).rejects.toMatchObject({ message: `Version 1 of model "${name}" is the production version already. Name another as its canary.` });
    await expect(set(name, canaryOf(2n, 101))).rejects.toMatchObject({ message: 'canary.weight: is 101; it takes a percentage from 0 to 100' });
    await expect(set(name, undefined, { version: 2n, percent: 0 })).rejects.toMatchObject({ message: 'shadow.percent: is 0; it takes a percentage from 1 to 100' });
    await expect(set(name, canaryOf(2n, 1, { maxErrorRate: 2 }))).rejects.toMatchObject({ message: 'canary.rollback.max_error_rate: is 2; it takes a share from 0 to 1' });
    await expect(set(name, canaryOf(2n, 1, { maxLatencyRatio: 0.5 }))).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
    await expect(set(name, canaryOf(2n, 1, { maxDrift: -1 }))).rejects.toMatchObject({ message: 'canary.rollback.max_drift: is -1; it takes a number of standard deviations from 0 (not looked at) to 100' });
    const { model: unlabelled } = await publishedVersion(subject);
    await expect(set(unlabelled, canaryOf(1n, 1))).rejects.toMatchObject({ message: `Model "${unlabelled}" has no production version to compare a canary with. Promote one first.` });
  });

  it('reaches those who watch the versions', async () => {
    const name = await model(Family.FAMILY_GAN);
    const stop = new AbortController();
    const seen: (number | undefined)[] = [];
    const watching = (async () => {
      for await (const { traffic } of subject.metadata.watchVersions(Family.FAMILY_GAN, stop.signal)) seen.push(traffic.find((each) => each.model === name)?.canary?.weight);
    })();
    await set(name, canaryOf(2n, 10));
    await until(() => seen.at(-1) === 10, 'the canary');
    await set(name, canaryOf(2n, 20));
    await until(() => seen.at(-1) === 20, 'its weight');
    await subject.metadata.models.delete(name, true);
    await until(() => seen.at(-1) === undefined, 'its end');
    stop.abort();
    await watching;
  });
});
