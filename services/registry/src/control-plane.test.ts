import { randomBytes } from 'node:crypto';
import { Family, JobState, type TrainingEvent, type Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { BlobStore } from '@quartet/store';
import { blobsOf, claim, claimedJob, createJob, imageFiles, MANIFEST, publish, uniqueName, upload } from './testing/fixtures';
import { newHome, removeHome, startRegistryProcess, until, type RegistryProcess } from './testing/registry-process';

let registry: RegistryProcess;
let client: QuartetClient;
let blobs: BlobStore;
const dataset = 'digits';

beforeAll(async () => {
  const home = await newHome();
  registry = await startRegistryProcess(home, { QUARTET_LEASE_MS: '30000' });
  ({ client } = registry);
  blobs = await blobsOf(home);
  await upload(client, dataset, imageFiles());
});
afterAll(async () => {
  await registry?.stop();
  await removeHome(registry.home);
});

async function published(model = uniqueName('model'), weights = randomBytes(300_000)): Promise<Version> {
  const { lease } = await claimedJob(client, dataset, model);
  return publish(client, blobs, lease, weights);
}

const progress = (step: number): { event: TrainingEvent['event'] } => ({
  event: { $case: 'progress', value: { step: BigInt(step), totalSteps: 9n, epoch: 1, totalEpochs: 1, metrics: { loss: 1 }, examplesPerSecond: 1, timeGradients: undefined } },
});

const describeEvent = ({ sequence, event }: TrainingEvent): string =>
  `${sequence} ${event?.$case === 'state' ? JobState[event.value] : event?.$case === 'progress' ? `step ${event.value.step}` : event?.$case}`;

describe('ModelService', () => {
  it('serves models, versions and labels', async () => {
    const model = uniqueName('digits');
    await published(model);
    const second = await published(model);
    expect(second).toMatchObject({ model, version: 2n, family: Family.FAMILY_CNN, dataset, seed: 7n, metrics: { 'test/accuracy': 0.5 }, manifestJson: MANIFEST.toString() });
    expect(await client.models.getModel({ name: model })).toMatchObject({ name: model, latestVersion: 2n, labels: [] });
    expect((await client.models.listModels({ pageSize: 1000 })).models.map(({ name }) => name)).toContain(model);
    expect((await client.models.listModels({ family: Family.FAMILY_GAN })).models).toEqual([]);
    expect((await client.models.listVersions({ model })).versions.map(({ version }) => version)).toEqual([2n, 1n]);
    expect(await client.models.promoteVersion({ model, version: 2n, expectedVersion: 0n })).toMatchObject({ label: { name: 'production', version: 2n }, previousVersion: 0n });
    expect(await client.models.getVersion({ model: { name: model } })).toMatchObject({ version: 2n, labels: ['production'] });
    await expect(client.models.promoteVersion({ model, version: 1n, expectedVersion: 1n })).rejects.toMatchObject({ code: 9, reason: 'WRONG_STATE' });
    await expect(client.models.deleteVersion({ model, version: 2n })).rejects.toMatchObject({ code: 9, reason: 'WRONG_STATE' });
    await expect(client.models.deleteModel({ name: model })).rejects.toMatchObject({ code: 9, reason: 'WRONG_STATE' });
    await client.models.deleteVersion({ model, version: 1n });
    await client.models.deleteLabel({ model, label: 'production' });
    await expect(client.models.deleteLabel({ model, label: 'production' })).rejects.toMatchObject({ code: 5, reason: 'LABEL_NOT_FOUND' });
    await expect(client.models.getVersion({ model: { name: model } })).rejects.toMatchObject({ code: 5, reason: 'LABEL_NOT_FOUND' });
    await client.models.deleteModel({ name: model });
    await expect(client.models.getModel({ name: model })).rejects.toMatchObject({ code: 5, reason: 'MODEL_NOT_FOUND' });
    await expect(client.models.listVersions({ model, pageSize: 1001 })).rejects.toMatchObject({ code: 3, reason: 'INVALID_FIELD', violations: [{ field: 'page_size' }] });
  });

  it('exports the files of a version, byte for byte', async () => {
    const weights = randomBytes(300_000);
    const { model } = await published(undefined, weights);
    const files = new Map<string, Buffer[]>();
    for await (const { path, data, fileSize } of client.models.exportVersion({ model: { name: model, target: { $case: 'version', value: 1n } } })) {
      files.set(path, [...(files.get(path) ?? []), data]);
      expect(fileSize).toBe(BigInt({ 'manifest.json': MANIFEST.length, 'weights.safetensors': weights.length }[path] ?? 0));
    }
    const bytes = new Map([...files].map(([path, chunks]) => [path, Buffer.concat(chunks)]));
    expect([...bytes.keys()]).toEqual(['manifest.json', 'weights.safetensors', 'saved_model/assets/none']);
    expect(bytes.get('weights.safetensors')!.equals(weights)).toBe(true);
    expect(bytes.get('manifest.json')!.equals(MANIFEST)).toBe(true);
    const missing = client.models.exportVersion({ model: { name: model, target: { $case: 'version', value: 2n } } });
    await expect(missing.next()).rejects.toMatchObject({ code: 5, reason: 'VERSION_NOT_FOUND' });
  });
});

describe('TrainingService and WorkerService', () => {
  it('take a job from its creation to its version', async () => {
    const request = { family: Family.FAMILY_CNN, model: uniqueName('run'), dataset, specJson: '{"model":"x"}', idempotencyKey: uniqueName('key'), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const waiting = claim(client, 20_000);
    const created = await client.worker.createJob(request);
    expect(await client.worker.createJob(request)).toMatchObject({ id: created.id });
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of client.training.watchJob({ id: created.id })) seen.push(describeEvent(event));
    })();
    const { job, lease, leaseMs, traceparent, checkpoint } = await waiting;
    expect({ id: job?.id, state: job?.state, leaseMs, traceparent, checkpoint }).toEqual({
      id: created.id, state: JobState.JOB_STATE_RUNNING, leaseMs: 30_000, traceparent: request.traceparent, checkpoint: undefined,
    });
    expect(await client.worker.heartbeat({ lease })).toMatchObject({ cancelRequested: false, leaseUntil: expect.any(Date) });
    await client.worker.recordEvents({ lease, events: [progress(1), progress(2)] });
    await client.worker.recordCheckpoint({ lease, checkpoint: { step: 2n, blob: await blobs.put(randomBytes(100)) } });
    await until(() => seen.length === 5, 'live events');
    const version = await publish(client, blobs, lease!);
    await watching;
    expect(seen).toEqual(['1 JOB_STATE_QUEUED', '2 JOB_STATE_RUNNING', '3 step 1', '4 step 2', '5 checkpoint', '6 version', '7 JOB_STATE_SUCCEEDED']);
    expect(await client.training.getJob({ id: created.id })).toMatchObject({ state: JobState.JOB_STATE_SUCCEEDED, version: version.version, progress: { step: 2n } });
    const stale = { code: 10, reason: 'LEASE_LOST', metadata: { job: created.id, state: 'succeeded' } };
    await expect(client.worker.heartbeat({ lease })).rejects.toMatchObject(stale);
    await expect(client.worker.recordEvents({ lease, events: [progress(3)] })).rejects.toMatchObject(stale);
    await expect(client.worker.releaseJob({ lease })).rejects.toMatchObject(stale);
    const replay: string[] = [];
    for await (const event of client.training.watchJob({ id: created.id, afterSequence: 5n })) replay.push(describeEvent(event));
    expect(replay).toEqual(['6 version', '7 JOB_STATE_SUCCEEDED']);
  });

  it('fence a worker whose job went to another', async () => {
    const { job, lease } = await claimedJob(client, dataset);
    await client.worker.releaseJob({ lease });
    const next = await claim(client);
    expect(next).toMatchObject({ job: { id: job.id, attempt: 2 } });
    const forged = { ...next.lease!, token: 'forged' };
    for (const stale of [lease, forged]) {
      const lost = { code: 10, reason: 'LEASE_LOST', message: expect.stringContaining('no longer owns job') };
      await expect(client.worker.heartbeat({ lease: stale })).rejects.toMatchObject(lost);
      await expect(client.worker.recordCheckpoint({ lease: stale, checkpoint: { step: 1n, blob: await blobs.put(randomBytes(9)) } })).rejects.toMatchObject(lost);
      await expect(publish(client, blobs, stale)).rejects.toMatchObject(lost);
      await expect(client.worker.endJob({ lease: stale, state: JobState.JOB_STATE_FAILED, error: 'x' })).rejects.toMatchObject(lost);
    }
    await client.worker.endJob({ lease: next.lease, state: JobState.JOB_STATE_FAILED, error: 'out of luck' });
    expect(await client.training.getJob({ id: job.id })).toMatchObject({ state: JobState.JOB_STATE_FAILED, error: 'out of luck' });
    expect(await client.training.resumeJob({ id: job.id })).toMatchObject({ state: JobState.JOB_STATE_QUEUED, error: '' });
    await client.training.cancelJob({ id: job.id });
  });

  it('cancel, list and refuse', async () => {
    const model = uniqueName('listed');
    const made = [await createJob(client, dataset, model), await createJob(client, dataset, model)];
    const { lease } = await claim(client);
    expect(await client.training.cancelJob({ id: made[0]!.id })).toMatchObject({ state: JobState.JOB_STATE_RUNNING, cancelRequested: true });
    expect(await client.worker.heartbeat({ lease })).toMatchObject({ cancelRequested: true });
    expect(await client.worker.endJob({ lease, state: JobState.JOB_STATE_CANCELLED })).toMatchObject({ state: JobState.JOB_STATE_CANCELLED });
    expect(await client.training.cancelJob({ id: made[1]!.id })).toMatchObject({ state: JobState.JOB_STATE_CANCELLED });
    const first = await client.training.listJobs({ model, pageSize: 1, states: [JobState.JOB_STATE_CANCELLED] });
    const second = await client.training.listJobs({ model, pageSize: 1, states: [JobState.JOB_STATE_CANCELLED], pageToken: first.nextPageToken });
    expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual([made[1]!.id, made[0]!.id]);
    expect(second.nextPageToken).toBe('');
    await expect(client.training.getJob({ id: 'x' })).rejects.toMatchObject({ code: 5, reason: 'JOB_NOT_FOUND' });
    await expect(client.training.watchJob({ id: 'x' }).next()).rejects.toMatchObject({ code: 5, reason: 'JOB_NOT_FOUND' });
    await expect(createJob(client, 'absent')).rejects.toMatchObject({ code: 5, reason: 'DATASET_NOT_FOUND' });
    await expect(createJob(client, dataset, model, Family.FAMILY_RNN)).rejects.toMatchObject({ code: 9, reason: 'WRONG_FAMILY' });
    await expect(client.worker.claimJob({ family: Family.FAMILY_CNN, waitMs: 60_001 })).rejects.toMatchObject({ code: 3, violations: [{ field: 'wait_ms' }] });
    await expect(client.worker.heartbeat({})).rejects.toMatchObject({ code: 3, violations: [{ field: 'lease' }] });
  });

  it('give back a job whose claimer went away while it waited', async () => {
    const stop = new AbortController();
    const gone = client.worker.claimJob({ family: Family.FAMILY_CNN, waitMs: 20_000 }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(gone).rejects.toMatchObject({ reason: 'CANCELLED' });
    const { id } = await createJob(client, dataset);
    expect((await claim(client, 5_000)).job?.id).toBe(id);
    await client.training.cancelJob({ id });
  });

  it('stream the versions to hold at each change', async () => {
    const model = uniqueName('held');
    await published(model);
    const sets = client.worker.watchVersions({ family: Family.FAMILY_CNN });
    const next = async (): Promise<string[]> => (await sets.next()).value!.versions.map((version) => `${version.model}:${version.labels.join()}`);
    expect(await next()).toEqual([]);
    await client.models.promoteVersion({ model, version: 1n });
    expect(await next()).toEqual([`${model}:production`]);
    await client.models.promoteVersion({ model, version: 1n, label: 'canary' });
    expect(await next()).toEqual([`${model}:canary,production`]);
    await client.models.deleteModel({ name: model, force: true });
    expect(await next()).toEqual([]);
    await sets.return();
  });

  it('keep serving while data is read', async () => {
    const large = upload(client, uniqueName('large'), imageFiles(120_000));
    let slowest = 0;
    for (let i = 0; i < 20; i++) {
      const started = Date.now();
      await client.models.listModels({});
      slowest = Math.max(slowest, Date.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await large;
    expect(slowest).toBeLessThan(2_000);
  });
});
