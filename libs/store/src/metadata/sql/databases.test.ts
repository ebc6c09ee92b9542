import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { Family } from '@quartet/contracts';
import { sql } from 'kysely';
import { addJob, claim, claimedJob, never, until } from '../../testing/fixtures';
import { DATABASES, openTestMetadata, type MetadataUnderTest } from '../../testing/metadata';
import { newFolder } from '../../testing/folders';
import { openMetadata } from '../open';
import { lockFolder } from './owner-lock';
import { migrate } from './migrate';
import { MIGRATIONS } from './migrations';
import { openDatabase } from './open-database';
import { transact } from './transact';

describe.each(DATABASES)('%s', (_name, place) => {
  let subject: MetadataUnderTest;
  beforeAll(async () => void (subject = await openTestMetadata(place)));
  afterAll(() => subject?.close());

  it('migrates once, and then not again', async () => {
    const { db } = subject.metadata.connection;
    const applied = (): Promise<unknown> => db.selectFrom('migrations').selectAll().execute();
    const before = await applied();
    expect(before).toMatchObject(MIGRATIONS.map(({ id, name }) => ({ id, name })));
    await migrate(db);
    expect(await applied()).toEqual(before);
  });

  it('applies a new migration whole or not at all', async () => {
    const { db } = subject.metadata.connection;
    const added = { id: MIGRATIONS.length + 1, name: 'added', statements: ['CREATE TABLE quartet.added (x int)', 'CREATE TABLE quartet.added (x int)'] };
    await expect(migrate(db, [...MIGRATIONS, added])).rejects.toThrow('already exists');
    await expect(sql`SELECT * FROM quartet.added`.execute(db)).rejects.toThrow('does not exist');
    await migrate(db, [...MIGRATIONS, { ...added, statements: added.statements.slice(1) }]);
    expect((await sql`SELECT * FROM quartet.added`.execute(db)).rows).toEqual([]);
    await expect(migrate(db)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining(`has migration ${added.id} (added), which this release doesn't know`) });
    await expect(migrate(db, [...MIGRATIONS, added])).rejects.toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('was migrated by other statements') });
    await sql`DELETE FROM quartet.migrations WHERE id = ${added.id}`.execute(db);
  });

  it('keeps one transaction out of another', async () => {
    const { db } = subject.metadata.connection;
    await sql`CREATE TABLE quartet.counter (n int)`.execute(db);
    await sql`INSERT INTO quartet.counter VALUES (0)`.execute(db);
    const failing = db.transaction().execute(async (trx) => {
      await sql`UPDATE quartet.counter SET n = n + 100`.execute(trx);
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('rolled back');
    });
    const others = Array.from({ length: 10 }, () => sql`UPDATE quartet.counter SET n = n + 1`.execute(db));
    await expect(failing).rejects.toThrow('rolled back');
    await Promise.all(others);
    expect((await sql`SELECT n FROM quartet.counter`.execute(db)).rows).toEqual([{ n: 10 }]);
  });
});

describe.each(DATABASES)('a migration in %s', (_name, place) => {
  it('that is killed in its midst left nothing, and the next start makes it whole', async () => {
    const where = await place();
    const child = spawn(process.execPath, [join(__dirname, '../../../testing/migrate-slowly.cjs')], { env: { ...process.env, ...where }, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(() => said.includes('migrating\n'), 'it migrates');
    await new Promise((resolve) => setTimeout(resolve, 150));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(said).not.toContain('migrated');
    const { db, close } = await openDatabase(where);
    await expect(sql`SELECT * FROM quartet.half_made`.execute(db)).rejects.toThrow('does not exist');
    const added = { id: MIGRATIONS.length + 1, name: 'slow', statements: ['CREATE TABLE quartet.half_made (x int)'] };
    await migrate(db, [...MIGRATIONS, added]);
    expect((await sql`SELECT * FROM quartet.half_made`.execute(db)).rows).toEqual([]);
    await close();
  });
});

describe('the embedded database', () => {
  it('has one owner at a time', async () => {
    const folder = await newFolder();
    const unlock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      reason: 'WRONG_STATE',
      message: expect.stringMatching(`The embedded database in ${folder} is in use by process ${process.pid} on .*; it takes one process. Stop that registry`),
    });
    await unlock();
    await (await lockFolder(folder))();
  });
});

describe('a PostgreSQL server', () => {
  const place = DATABASES[1]![1];

  it('is UNAVAILABLE when nothing answers, and a bad URL is named', async () => {
    const open = (url: string): Promise<unknown> =>
      openMetadata({ settings: { QUARTET_HOME: '/nowhere', QUARTET_DATABASE_URL: url, QUARTET_LEASE_MS: 1000 }, blobs: undefined as never });
    await expect(open('postgres://x@127.0.0.1:1/x')).rejects.toMatchObject({ reason: 'UNAVAILABLE', message: expect.stringContaining("The database at QUARTET_DATABASE_URL doesn't answer") });
    await expect(open('mysql://x')).rejects.toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining('QUARTET_DATABASE_URL: is no postgres:// URL') });
  });

  it('is used again after it cut every connection, notices included', async () => {
    const subject = await openTestMetadata(place);
    const admin = new Client({ connectionString: subject.settings.QUARTET_DATABASE_URL });
    await admin.connect();
    const cut = (): Promise<unknown> =>
      admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await cut();
    await until(async () => subject.metadata.jobs.get('x').catch((error: { reason?: string }) => error.reason === 'JOB_NOT_FOUND') as Promise<boolean>, 'the pool has new connections');
    await until(async () => {
      const { rows } = await admin.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'quartet-registry-listen'`);
      return rows.length === 1;
    }, 'it listens again');
    const waiting = claim(subject, Family.FAMILY_CNN, 20_000);
    await until(() => subject.metadata.signals.size === 1, 'the claim waits');
    const { id } = await addJob(subject);
    expect((await waiting).job?.id).toBe(id);
    await admin.end();
    await subject.close();
  });

  it('may cut a connection in the midst of a transaction, which fails alone', async () => {
    const subject = await openTestMetadata(place);
    const { db } = subject.metadata.connection;
    const admin = new Client({ connectionString: subject.settings.QUARTET_DATABASE_URL });
    await admin.connect();
    // Nothing is asked of the database when the connection goes: the transaction waits for something else, such as a blob store.
    const cut = transact(db, async (trx) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx);
      await admin.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await sql`SELECT 1`.execute(trx);
    });
    await expect(cut).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    expect((await sql`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await admin.end();
    await subject.close();
  });

  it('gives each job to one of several replicas', async () => {
    const subject = await openTestMetadata(place);
    const replica = await openMetadata({ settings: subject.settings, blobs: subject.blobs });
    const { job, lease } = await claimedJob(subject);
    const seen: bigint[] = [];
    const watching = (async () => {
      for await (const { sequence } of replica.jobs.watch(job.id, 0n, never)) seen.push(sequence);
    })();
    await until(() => seen.length === 2, 'the replica replays');
    await replica.jobs.end({ lease, state: 4, error: 'ended by the other' });
    await watching;
    const ids = (await Promise.all(Array.from({ length: 6 }, () => addJob(subject)))).map(({ id }) => id);
    const both = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? subject.metadata : replica).jobs.claim({ family: Family.FAMILY_CNN, worker: '', waitMs: 0 }, never)));
    expect(both.flatMap((claimed) => claimed.job?.id ?? []).sort()).toEqual(ids.sort());
    await replica.close();
    await subject.close();
  });
});
