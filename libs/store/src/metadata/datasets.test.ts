import { addDataset, addJob, claim, makeDataset, putBlob, uniqueName } from '../testing/fixtures';
import { DATABASES, openTestMetadata, type MetadataUnderTest } from '../testing/metadata';

describe.each(DATABASES)('data sets in %s', (_name, place) => {
  let subject: MetadataUnderTest;
  beforeAll(async () => void (subject = await openTestMetadata(place)));
  afterAll(() => subject?.close());

  it('keeps a data set whole', async () => {
    const dataset = await makeDataset(subject);
    const created = await subject.metadata.datasets.create(dataset);
    expect(created).toEqual({ ...dataset, createdAt: expect.any(Date) });
    expect(await subject.metadata.datasets.get(dataset.name)).toEqual(created);
  });

  it('answers the same data under the same name again, and refuses other data', async () => {
    const created = await addDataset(subject);
    expect(await subject.metadata.datasets.create(created)).toEqual(created);
    const other = await makeDataset(subject, created.name);
    await expect(subject.metadata.datasets.create(other)).rejects.toMatchObject({
      reason: 'ALREADY_EXISTS',
      message: `Data set "${created.name}" holds other data: it has digest ${created.digest.slice(0, 12)}, received ${other.digest.slice(0, 12)}. Choose another name, or delete it first.`,
    });
  });

  it('lets one of two at the same time win', async () => {
    const name = uniqueName('race');
    const rivals = await Promise.all([makeDataset(subject, name), makeDataset(subject, name)]);
    const results = await Promise.allSettled(rivals.map((dataset) => subject.metadata.datasets.create(dataset)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses names and blobs that are none', async () => {
    const dataset = await makeDataset(subject);
    for (const name of ['', '../x', 'Größe', 'a'.repeat(65), '-x']) {
      await expect(subject.metadata.datasets.create({ ...dataset, name })).rejects.toMatchObject({ reason: 'INVALID_FIELD', violations: [{ field: 'name' }] });
    }
    const absent = { sha256: 'a'.repeat(64), size: 5n };
    await expect(
      subject.metadata.datasets.create({ ...dataset, parts: [{ ...dataset.parts[0]!, labels: absent }] }),
    ).rejects.toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining("parts[0].labels: names blob aaa") });
    await expect(subject.metadata.datasets.get(dataset.name)).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
  });

  it('lists by name, in pages', async () => {
    const prefix = uniqueName('zz');
    for (const name of ['c', 'a', 'b']) await subject.metadata.datasets.create(await makeDataset(subject, `${prefix}${name}`));
    const names: string[] = [];
    let pageToken = Buffer.from(`k:${prefix}`).toString('base64url');
    do {
      const page = await subject.metadata.datasets.list({ pageSize: 2, pageToken });
      names.push(...page.datasets.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken);
    expect(names).toEqual(['a', 'b', 'c'].map((name) => prefix + name));
    await expect(subject.metadata.datasets.list({ pageSize: 1001, pageToken: '' })).rejects.toThrow('page_size: is 1001; expected at most 1000');
    await expect(subject.metadata.datasets.list({ pageSize: 0, pageToken: 'bogus' })).rejects.toThrow('page_token: is "bogus"; expected the next_page_token');
  });

  it('refuses to delete what a queued or running job uses', async () => {
    const { name } = await addDataset(subject);
    const job = await addJob(subject, { dataset: name });
    const inUse = { reason: 'WRONG_STATE', message: expect.stringContaining(`Data set "${name}" is in use: job ${job.id} is`) };
    await expect(subject.metadata.datasets.delete(name)).rejects.toMatchObject(inUse);
    const { lease } = await claim(subject);
    await expect(subject.metadata.datasets.delete(name)).rejects.toMatchObject(inUse);
    await subject.metadata.jobs.end({ lease, state: 5, error: '' });
    await subject.metadata.datasets.delete(name);
    await expect(subject.metadata.datasets.get(name)).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND', message: expect.stringContaining(`There is no data set "${name}".`) });
    await expect(subject.metadata.datasets.delete(name)).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
  });

  it('collects the blobs of a deleted data set, and spares those that another one needs', async () => {
    const first = await addDataset(subject);
    const { examples, labels } = first.parts[0]!;
    const second = await makeDataset(subject);
    await subject.metadata.datasets.create({ ...second, parts: [{ ...second.parts[0]!, examples }] });
    await subject.metadata.datasets.delete(first.name);
    expect(await subject.metadata.blobs.collect(3_600_000)).toBe(0);
    await subject.metadata.blobs.collect(0);
    expect([await subject.blobs.has(examples!), await subject.blobs.has(labels!)]).toEqual([true, false]);
    await subject.metadata.datasets.delete(second.name);
    await subject.metadata.blobs.collect(0);
    expect(await subject.blobs.has(examples!)).toBe(false);
  });

  it('collects orphans once they are old, and never what is needed', async () => {
    const { parts } = await addDataset(subject);
    const orphan = await putBlob(subject);
    await subject.metadata.blobs.collectOrphans(3_600_000);
    expect(await subject.blobs.has(orphan)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await subject.metadata.blobs.collectOrphans(1)).toBeGreaterThan(0);
    expect(await subject.blobs.has(orphan)).toBe(false);
    expect(await subject.blobs.has(parts[0]!.examples!)).toBe(true);
  });

  it('keeps everything over a restart', async () => {
    const created = await addDataset(subject);
    await subject.reopen();
    expect(await subject.metadata.datasets.get(created.name)).toEqual(created);
    expect(subject.errors).toEqual([]);
  });
});
