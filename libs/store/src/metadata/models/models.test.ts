import { Family, type ModelRef, type Version } from '@quartet/contracts';
import { addJob, claim, claimedJob, makeVersion, publishedVersion, uniqueName, until } from '../../testing/fixtures';
import { DATABASES, openTestMetadata, type MetadataUnderTest } from '../../testing/metadata';

const byVersion = (name: string, version: bigint): ModelRef => ({ name, target: { $case: 'version', value: version } });
const byLabel = (name: string, label: string): ModelRef => ({ name, target: { $case: 'label', value: label } });

describe.each(DATABASES)('models in %s', (_name, place) => {
  let subject: MetadataUnderTest;
  beforeAll(async () => void (subject = await openTestMetadata(place)));
  afterAll(() => subject?.close());

  const promote = (model: string, version: bigint, label = '', expectedVersion?: bigint): Promise<unknown> =>
    subject.metadata.models.promote({ model, version, label, expectedVersion });

  it('gives versions numbers from 1, never twice, and lists the newest first', async () => {
    const model = uniqueName('model');
    for (const expected of [1n, 2n, 3n]) expect((await publishedVersion(subject, model)).version).toBe(expected);
    await subject.metadata.models.deleteVersion(model, 3n);
    expect((await publishedVersion(subject, model)).version).toBe(4n);
    const list = (pageToken: string): ReturnType<typeof subject.metadata.models.listVersions> =>
      subject.metadata.models.listVersions({ model, pageSize: 2, pageToken });
    const first = await list('');
    expect(first.versions.map(({ version }) => version)).toEqual([4n, 2n]);
    const second = await list(first.nextPageToken);
    expect([second.versions.map(({ version }) => version), second.nextPageToken]).toEqual([[1n], '']);
    expect(await subject.metadata.models.get(model)).toMatchObject({ name: model, family: Family.FAMILY_CNN, latestVersion: 4n, labels: [] });
  });

  it('imports a version once for a key, also for many at once, among those that were trained', async () => {
    const { model } = await publishedVersion(subject);
    const lineage = { origin: { $case: 'imported' as const, value: { format: 'keras', fileName: 'a.keras', sha256: 'a'.repeat(64), size: 5n, producer: '' } } };
    const version = { ...(await makeVersion(subject)), model, family: Family.FAMILY_CNN, lineage };
    const { models } = subject.metadata;
    const made = await Promise.all(Array.from({ length: 12 }, () => models.import({ version, key: '1'.repeat(64) })));
    expect(new Set(made.map((each) => each.version))).toEqual(new Set([2n]));
    expect(made[0]).toMatchObject({ model, lineage, jobId: '', dataset: '' });
    expect((await models.import({ version, key: '2'.repeat(64) })).version).toBe(3n);
    await models.deleteVersion(model, 2n);
    expect((await models.import({ version, key: '1'.repeat(64) })).version).toBe(4n);
    await expect(models.import({ version: { ...version, lineage: undefined }, key: '3'.repeat(64) })).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
    await expect(models.import({ version, key: 'x' })).rejects.toMatchObject({ message: 'key: is "x"; expected a SHA-256 of 64 lower-case hexadecimal digits.' });
    await expect(models.import({ version: { ...version, family: Family.FAMILY_GAN }, key: '4'.repeat(64) })).rejects.toMatchObject({ reason: 'WRONG_FAMILY' });
  });

  it('keeps a version whole: NaN and 64-bit numbers as well', async () => {
    const { name: model, version } = { name: uniqueName('model'), version: 1n };
    const published = await publishedVersion(subject, model);
    const found = await subject.metadata.models.getVersion(byVersion(model, version));
    expect(found).toEqual(published);
    expect(found).toMatchObject({ seed: 2n ** 64n - 1n, metrics: { 'test/accuracy': 0.99, 'test/loss': Number.NaN }, inputs: [{ shape: [-1n, 28n, 28n, 1n] }] });
  });

  it('finds a version by number, label, and by "production" if neither is named', async () => {
    const { model } = await publishedVersion(subject);
    await publishedVersion(subject, model);
    await promote(model, 1n);
    await promote(model, 2n, 'canary');
    expect(await subject.metadata.models.getVersion({ name: model, target: undefined })).toMatchObject({ version: 1n, labels: ['production'] });
    expect(await subject.metadata.models.getVersion(byLabel(model, 'canary'))).toMatchObject({ version: 2n, labels: ['canary'] });
    expect(await subject.metadata.models.getVersion(byVersion(model, 2n))).toMatchObject({ version: 2n });
    const get = (ref: ModelRef): Promise<Version> => subject.metadata.models.getVersion(ref);
    await expect(get(byVersion(model, 9n))).rejects.toMatchObject({ reason: 'VERSION_NOT_FOUND', message: expect.stringContaining(`Model "${model}" has no version 9.`) });
    await expect(get(byLabel(model, 'none'))).rejects.toMatchObject({ reason: 'LABEL_NOT_FOUND', message: expect.stringContaining(`Model "${model}" has no label "none".`) });
    for (const ref of [byVersion('absent', 1n), byLabel('absent', 'x'), { name: 'absent', target: undefined }]) {
      await expect(get(ref)).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND', message: expect.stringContaining('There is no model "absent".') });
    }
    await expect(get({ name: '', target: undefined })).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
  });

  it('moves a label only from where it is expected', async () => {
    const { model } = await publishedVersion(subject);
    await publishedVersion(subject, model);
    expect(await promote(model, 1n, '', 0n)).toMatchObject({ label: { name: 'production', version: 1n }, previousVersion: 0n });
    await expect(promote(model, 2n, '', 0n)).rejects.toMatchObject({
      reason: 'WRONG_STATE',
      message: expect.stringContaining(`Label "production" of model "${model}" points at version 1; expected it nowhere.`),
    });
    expect(await promote(model, 2n, '', 1n)).toMatchObject({ label: { version: 2n }, previousVersion: 1n });
    expect(await promote(model, 1n)).toMatchObject({ previousVersion: 2n });
    await expect(promote(model, 7n)).rejects.toMatchObject({ reason: 'VERSION_NOT_FOUND' });
    await expect(promote('absent', 1n)).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
    await expect(promote(model, 1n, 'Not a label')).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
  });

  it('lets one of many rivals with the same expectation promote', async () => {
    const { model } = await publishedVersion(subject);
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => promote(model, 1n, 'race', 0n)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses to delete a version with a label, and collects its blobs after', async () => {
    const { model, files } = await publishedVersion(subject);
    await promote(model, 1n);
    const remove = (): Promise<void> => subject.metadata.models.deleteVersion(model, 1n);
    await expect(remove()).rejects.toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('label "production" points at it') });
    await subject.metadata.models.deleteLabel(model, 'production');
    await expect(subject.metadata.models.deleteLabel(model, 'production')).rejects.toMatchObject({ reason: 'LABEL_NOT_FOUND' });
    await remove();
    await subject.metadata.blobs.collect(0);
    expect(await subject.blobs.has(files[0]!.blob!)).toBe(false);
    await expect(remove()).rejects.toMatchObject({ reason: 'VERSION_NOT_FOUND' });
  });

  it('deletes a model with a label only when forced, and never while a job trains it', async () => {
    const { model } = await publishedVersion(subject);
    await promote(model, 1n);
    const remove = (force: boolean): Promise<void> => subject.metadata.models.delete(model, force);
    await expect(remove(false)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('label "production" points at version 1') });
    const job = await addJob(subject, { model });
    await expect(remove(true)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining(`job ${job.id}, which makes a version of it, is queued`) });
    await subject.metadata.jobs.cancel(job.id);
    await remove(true);
    await expect(remove(true)).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
    await expect(subject.metadata.models.listVersions({ model, pageSize: 0, pageToken: '' })).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
  });

  it('lists models by name and family, in pages', async () => {
    const prefix = uniqueName('yy');
    for (const name of ['b', 'a']) await publishedVersion(subject, prefix + name);
    await publishedVersion(subject, `${prefix}c`, Family.FAMILY_RNN);
    const list = async (family: Family): Promise<string[]> => {
      const names: string[] = [];
      for (let pageToken = Buffer.from(`k:${prefix}`).toString('base64url'); pageToken; ) {
        const page = await subject.metadata.models.list({ family, pageSize: 1, pageToken });
        names.push(...page.models.map(({ name }) => name));
        pageToken = page.nextPageToken;
      }
      return names;
    };
    expect(await list(Family.FAMILY_UNSPECIFIED)).toEqual(['a', 'b', 'c'].map((name) => prefix + name));
    expect(await list(Family.FAMILY_CNN)).toEqual(['a', 'b'].map((name) => prefix + name));
  });

  it('streams the labelled versions of a family, all at first and again at each change', async () => {
    const { model } = await publishedVersion(subject, uniqueName('ae'), Family.FAMILY_AUTOENCODER);
    const stop = new AbortController();
    const seen: string[][] = [];
    const watching = (async () => {
      for await (const { versions } of subject.metadata.watchVersions(Family.FAMILY_AUTOENCODER, stop.signal)) {
        seen.push(versions.map((version) => `${version.version}:${version.labels.join('+')}`));
      }
    })();
    const sees = (state: string[]): Promise<void> => until(() => JSON.stringify(seen.at(-1)) === JSON.stringify(state), `${JSON.stringify(state)} in ${JSON.stringify(seen)}`);
    await sees([]);
    await promote(model, 1n);
    await sees(['1:production']);
    await publishedVersion(subject, model, Family.FAMILY_AUTOENCODER);
    await promote(model, 2n, 'canary');
    await sees(['1:production', '2:canary']);
    await promote(model, 2n);
    await sees(['2:canary+production']);
    await subject.metadata.models.delete(model, true);
    await sees([]);
    // Nothing of other families, and no state twice in a row.
    await publishedVersion(subject);
    expect(seen).toHaveLength(5);
    stop.abort();
    await watching;
    expect(subject.metadata.signals.size).toBe(0);
  });

  it('refuses a version that its blobs or its job contradict', async () => {
    const { lease } = await claimedJob(subject);
    const version = await makeVersion(subject);
    const publish = (change: Partial<Version>): Promise<Version> => subject.metadata.jobs.publish({ lease, version: { ...version, ...change } });
    const [file] = version.files;
    await expect(publish({ files: [] })).rejects.toThrow('version.files: is empty; expected the files of the artefact.');
    for (const path of ['', '/etc/passwd', '../x', 'a/../../b', 'a//b', 'a\\b']) {
      await expect(publish({ files: [{ ...file!, path }] })).rejects.toThrow(`version.files[0].path: is "${path}"; expected a relative path`);
    }
    await expect(publish({ files: [file!, file!] })).rejects.toThrow('version.files[1].path: "manifest.json" is there twice');
    await expect(publish({ weightsSha256: 'b'.repeat(64) })).rejects.toThrow('version.weights_sha256: is "bbb');
    await expect(publish({ files: [{ path: 'x', blob: { sha256: 'c'.repeat(64), size: 1n } }] })).rejects.toThrow("version.files[0].blob: names blob ccc");
    await expect(publish({ model: 'another' })).rejects.toThrow('version.model: is "another"; expected the job\'s');
    await publish({});
    expect((await claim(subject)).job).toBeUndefined();
  });
});
