import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Family } from '@quartet/contracts';
import { sql } from 'kysely';
import { newFolder } from '../../testing/folders';
import { addDataset, addJob, claim, claimedJob, eventsOf, progress, publishedVersion, until } from '../../testing/fixtures';
import { DATABASES, openTestMetadata, type MetadataUnderTest } from '../../testing/metadata';
import { openMetadata } from '../open';
import { MIGRATIONS } from '../sql/migrations';
import { restoreMetadata } from './restore';
import { TABLES } from './tables';

const [embedded, server] = [DATABASES[0]![1], DATABASES[1]![1]];

describe.each([
  ['the embedded database', embedded, 'a server', server],
  ['a server', server, 'the embedded database', embedded],
])('a backup of %s', (_from, place, _to, other) => {
  let subject: MetadataUnderTest;
  beforeAll(async () => void (subject = await openTestMetadata(place)));
  afterAll(() => subject?.close());

  it('has every table', async () => {
    const { rows } = await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'quartet'`.execute(subject.metadata.connection.db);
    expect(rows.map(({ name }) => name).sort()).toEqual([...TABLES, 'migrations'].sort());
  });

  it('comes back whole in any database, and the queue with it', async () => {
    const { metadata } = subject;
    const version = await publishedVersion(subject, 'digits');
    await metadata.models.promote({ model: 'digits', version: version.version, label: 'production', expectedVersion: undefined });
    const { job: running, lease } = await claimedJob(subject, { family: Family.FAMILY_GAN });
    await metadata.jobs.recordEvents({ lease, events: [progress(1), progress(2)] });
    const queued = await addJob(subject, { family: Family.FAMILY_RNN, idempotencyKey: 'once' });
    const file = join(await newFolder(), 'rows');
    const dump = await metadata.dump(file);
    expect(dump).toMatchObject({ migrations: MIGRATIONS.length, rows: { models: 3, versions: 1, labels: 1, jobs: 3 } });
    expect(dump.blobs).toContain(version.weightsSha256);
    await addDataset(subject); // After it: not in it.

    const where = await other();
    const settings = { ...where, QUARTET_LEASE_MS: 1000 };
    await restoreMetadata(settings, file, dump.migrations);
    const restored = await openMetadata({ settings, blobs: subject.blobs });
    try {
      const found = { ...subject, metadata: restored };
      expect(await restored.models.getVersion({ name: 'digits', target: { $case: 'label', value: 'production' } })).toEqual({ ...version, labels: ['production'] });
      expect(await eventsOf(found, running.id)).toEqual(await eventsOf(subject, running.id));
      expect((await claim(found, Family.FAMILY_RNN)).job?.id).toBe(queued.id);
      // The worker of the other platform is silent here.
      await until(async () => (await claim(found, Family.FAMILY_GAN)).job?.id === running.id, 'the job that ran is given to another');
      expect((await addJob(found)).id).not.toBe(queued.id);
      const again = join(await newFolder(), 'rows');
      expect((await restored.dump(again)).rows).toMatchObject({ datasets: dump.rows.datasets + 1, jobs: 4 });
      await expect(restoreMetadata(where.QUARTET_DATABASE_URL ? settings : { ...settings, QUARTET_HOME: await newFolder() }, join(await newFolder(), 'none'), MIGRATIONS.length + 1)).rejects.toMatchObject({
        reason: 'WRONG_STATE',
        message: `The backup is of a newer release: it has ${MIGRATIONS.length + 1} migrations, this release knows ${MIGRATIONS.length}. Restore it with the release that made it, or a newer one.`,
      });
    } finally {
      await restored.close();
    }
    await expect(restoreMetadata(settings, file, dump.migrations)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('restored into an empty one only') });
  });

  it('that is damaged leaves the database empty', async () => {
    const file = join(await newFolder(), 'rows');
    const { migrations } = await subject.metadata.dump(file);
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [...lines.slice(0, -3), lines.at(-3)!.slice(0, 20)].join('\n'));
    const settings = { ...(await other()), QUARTET_LEASE_MS: 1000 };
    await expect(restoreMetadata(settings, file, migrations)).rejects.toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringMatching(/^Line \d+ of .* is no row of a table of this release/) });
    await subject.metadata.dump(`${file}-2`);
    await restoreMetadata(settings, `${file}-2`, migrations);
  });

  it('of an older release is brought to this one', async () => {
    const older = await openTestMetadata(place);
    const file = join(await newFolder(), 'rows');
    await addDataset(older);
    await older.metadata.dump(file);
    await older.metadata.close();
    const rows = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.includes('"table":"traffic"'));
    await writeFile(file, rows.join('\n'));
    const settings = { ...(await other()), QUARTET_LEASE_MS: 1000 };
    await restoreMetadata(settings, file, 1);
    const restored = await openMetadata({ settings, blobs: subject.blobs });
    expect((await restored.connection.db.selectFrom('migrations').selectAll().execute())).toHaveLength(MIGRATIONS.length);
    expect((await restored.datasets.list({ pageSize: 10, pageToken: '' })).datasets).toHaveLength(1);
    await restored.close();
  });
});
