import { randomBytes } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { JobState, Part, type TrainingEvent } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import { blobsOf, claim, claimedJob, createJob, imageFiles, publish, upload } from './testing/fixtures';
import { killAll, newHome, removeHome, startRegistryProcess, until, type RegistryProcess } from './testing/registry-process';

const dataset = 'digits';
let home: string;
const start = (env: Record<string, string> = {}): Promise<RegistryProcess> => startRegistryProcess(home, env);

beforeEach(async () => void (home = await newHome()));
afterEach(async () => {
  await killAll();
  await removeHome(home);
});

const progress = (step: number): { event: TrainingEvent['event'] } => ({
  event: { $case: 'progress', value: { step: BigInt(step), totalSteps: 99n, epoch: 1, totalEpochs: 1, metrics: { loss: 1 / step }, examplesPerSecond: 1, timeGradients: undefined } },
});

/** Records progress, one event a call, until a call fails. @returns the last step that was acknowledged. */
async function recordUntilLost(client: QuartetClient, lease: object): Promise<number> {
  for (let step = 1; ; step++) {
    try {
      await client.worker.recordEvents({ lease, events: [progress(step)] });
    } catch {
      return step - 1;
    }
  }
}

it('loses nothing it acknowledged when it is killed, however often', async () => {
  let registry = await start();
  await upload(registry.client, dataset, imageFiles());
  const { job, lease } = await claimedJob(registry.client, dataset);
  const checkpoint = { step: 1n, blob: await (await blobsOf(home)).put(randomBytes(50)) };
  await registry.client.worker.recordCheckpoint({ lease, checkpoint });
  let acknowledged = 0;
  for (let round = 0; round < 3; round++) {
    const recording = recordUntilLost(registry.client, lease);
    setTimeout(() => void registry.stop('SIGKILL'), 300 + 150 * round);
    acknowledged = Math.max(acknowledged, await recording);
    registry = await start();
    const found = await registry.client.training.getJob({ id: job.id });
    expect(found).toMatchObject({ state: JobState.JOB_STATE_RUNNING, attempt: 1 });
    expect(Number(found.progress?.step)).toBeGreaterThanOrEqual(acknowledged);
  }
  expect(acknowledged).toBeGreaterThan(0);
  // The worker still owns the job and finishes it.
  await registry.client.worker.heartbeat({ lease });
  const version = await publish(registry.client, await blobsOf(home), lease);
  expect((await registry.client.models.listVersions({ model: job.model })).versions).toEqual([version]);
  const steps: number[] = [];
  for await (const event of registry.client.training.watchJob({ id: job.id })) {
    expect(event.sequence).toBe(BigInt(steps.push(0)));
  }
  expect(steps.length).toBeGreaterThanOrEqual(acknowledged + 5);
  expect(await registry.stop()).toBe(0);
}, 180_000);

it('gives the job of a silent worker to the next one, with its checkpoint, and fences the first', async () => {
  const registry = await start({ QUARTET_LEASE_MS: '1000' });
  const { client } = registry;
  await upload(client, dataset, imageFiles());
  const { job, lease } = await claimedJob(client, dataset);
  const checkpoint = { step: 4n, blob: await (await blobsOf(home)).put(randomBytes(50)) };
  await client.worker.recordCheckpoint({ lease, checkpoint });
  // Heartbeats keep it beyond its lease.
  for (let beat = 0; beat < 8; beat++) {
    await client.worker.heartbeat({ lease });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect((await claim(client)).job).toBeUndefined();
  const silentSince = Date.now();
  const next = await claim(client, 20_000);
  expect(Date.now() - silentSince).toBeGreaterThan(500);
  expect(next).toMatchObject({ job: { id: job.id, attempt: 2, state: JobState.JOB_STATE_RUNNING }, checkpoint });
  await expect(client.worker.recordEvents({ lease, events: [progress(5)] })).rejects.toMatchObject({ code: 10, reason: 'LEASE_LOST' });
  await expect(publish(client, await blobsOf(home), lease)).rejects.toMatchObject({ code: 10, reason: 'LEASE_LOST' });
  await client.worker.endJob({ lease: next.lease, state: JobState.JOB_STATE_FAILED, error: 'done with it' });
}, 120_000);

it('tells watchers to come back when it drains, and exits with 0', async () => {
  const registry = await start();
  const { client } = registry;
  await upload(client, dataset, imageFiles());
  const { job, lease } = await claimedJob(client, dataset);
  const watch = client.training.watchJob({ id: job.id });
  await watch.next();
  await watch.next();
  const broken = watch.next();
  const versions = client.worker.watchVersions({ family: 1 });
  await versions.next();
  const unanswered = versions.next();
  const waiting = claim(client, 60_000);
  for (const failing of [broken, unanswered]) failing.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const code = registry.stop();
  await expect(broken).rejects.toMatchObject({ code: 14, reason: 'DRAINING', retryAfterMs: 1000 });
  await expect(unanswered).rejects.toMatchObject({ code: 14, reason: 'DRAINING' });
  expect((await waiting).job).toBeUndefined();
  expect(await code).toBe(0);
  const again = await start();
  await again.client.worker.recordEvents({ lease, events: [progress(1)] });
  await again.client.worker.endJob({ lease, state: JobState.JOB_STATE_FAILED, error: 'enough' });
  const seen: bigint[] = [];
  for await (const { sequence } of again.client.training.watchJob({ id: job.id, afterSequence: 2n })) seen.push(sequence);
  expect(seen).toEqual([3n, 4n, 5n]);
}, 120_000);

it('refuses a database that another registry has open, and takes it over when that one is killed', async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(`is in use by process ${first.child.pid} on`);
  await first.stop('SIGKILL');
  const second = await start();
  expect((await second.client.models.listModels({})).models).toEqual([]);
}, 120_000);

it('shares a PostgreSQL server between replicas', async () => {
  const { Client } = await import('pg');
  const admin = new Client({ connectionString: process.env['QUARTET_TEST_POSTGRES_URL'] });
  await admin.connect();
  const name = `replicas_${process.pid}_${Date.now()}`;
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const env = { QUARTET_DATABASE_URL: process.env['QUARTET_TEST_POSTGRES_URL']!.replace(/[^/]+$/, name) };
  const [one, two] = await Promise.all([start(env), start(env)]);
  await upload(one.client, dataset, imageFiles());
  const waiting = claim(two.client, 20_000);
  const job = await createJob(one.client, dataset);
  const claimed = await waiting;
  expect(claimed.job?.id).toBe(job.id);
  const seen: bigint[] = [];
  const watching = (async () => {
    for await (const { sequence } of two.client.training.watchJob({ id: job.id })) seen.push(sequence);
  })();
  await one.client.worker.recordEvents({ lease: claimed.lease, events: [progress(1)] });
  await until(() => seen.length === 3, 'events of the other replica');
  await one.stop('SIGKILL');
  const { version } = await publish(two.client, await blobsOf(home), claimed.lease!);
  await watching;
  expect([version, seen.length]).toEqual([1n, 5]);
}, 180_000);

it('comes back whole from a copy of its folder, elsewhere', async () => {
  const first = await start();
  const stored = await upload(first.client, dataset, imageFiles());
  const { job, lease } = await claimedJob(first.client, dataset);
  const weights = randomBytes(100_000);
  const version = await publish(first.client, await blobsOf(home), lease, weights);
  await first.client.models.promoteVersion({ model: job.model, version: version.version, label: 'production' });
  const waiting = await createJob(first.client, dataset);
  expect(await first.stop()).toBe(0);
  const backup = await newHome();
  try {
    await rm(backup, { recursive: true });
    await cp(home, backup, { recursive: true });
    await removeHome(home);
    const second = await startRegistryProcess(backup);
    const { client } = second;
    expect(await client.datasets.getDataset({ name: dataset })).toEqual(stored);
    expect((await client.datasets.readExamples({ name: dataset, part: Part.PART_TRAIN, count: 3n })).labels?.shape).toEqual([3n]);
    const byLabel = await client.models.getVersion({ model: { name: job.model, target: { $case: 'label', value: 'production' } } });
    expect(byLabel).toEqual({ ...version, labels: ['production'] });
    const chunks: Buffer[] = [];
    for await (const { path, data } of client.models.exportVersion({ model: { name: job.model, target: { $case: 'version', value: 1n } } })) if (path === 'weights.safetensors') chunks.push(data);
    expect(Buffer.concat(chunks).equals(weights)).toBe(true);
    expect((await claim(client)).job?.id).toBe(waiting.id);
    expect(await second.stop()).toBe(0);
  } finally {
    await removeHome(backup);
  }
}, 180_000);
