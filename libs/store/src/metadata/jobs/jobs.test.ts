import { Family, JobState, type Job, type Lease, type TrainingEvent } from '@quartet/contracts';
import {
  addDataset, addJob, claim, claimedJob, describeEvent, diagnostic, epochEnd, eventsOf, jobRequest, log, makeDataset, makeVersion, never, progress, putBlob, uniqueName, until,
} from '../../testing/fixtures';
import { DATABASES, openTestMetadata, type MetadataUnderTest } from '../../testing/metadata';

describe.each(DATABASES)('jobs in %s', (_name, place) => {
  let subject: MetadataUnderTest;
  beforeAll(async () => void (subject = await openTestMetadata(place)));
  afterAll(() => subject?.close());

  const jobs = (): MetadataUnderTest['metadata']['jobs'] => subject.metadata.jobs;
  const record = (lease: Lease, ...events: TrainingEvent[]): Promise<unknown> => jobs().recordEvents({ lease, events });
  const fail = (lease: Lease, error = 'it broke'): Promise<Job> => jobs().end({ lease, state: JobState.JOB_STATE_FAILED, error });
  const lost = { reason: 'LEASE_LOST', message: expect.stringContaining('no longer owns job') };

  it('counts the jobs of each family in each state', async () => {
    const of = async (state: string): Promise<number> => (await jobs().counts()).find((found) => found.family === 'autoencoder' && found.state === state)?.count ?? 0;
    const before = { queued: await of('queued'), running: await of('running'), failed: await of('failed') };
    const { lease } = await claimedJob(subject, { family: Family.FAMILY_AUTOENCODER });
    const waiting = await addJob(subject, { family: Family.FAMILY_AUTOENCODER });
    expect({ queued: await of('queued'), running: await of('running') }).toEqual({ queued: before.queued + 1, running: before.running + 1 });
    await fail(lease);
    expect({ running: await of('running'), failed: await of('failed') }).toEqual({ running: before.running, failed: before.failed + 1 });
    await jobs().cancel(waiting.id);
    expect(await of('queued')).toBe(before.queued);
  });

  it('refuses texts with NUL, which PostgreSQL cannot keep, wherever they stand', async () => {
    const unstorable = { reason: 'INVALID_FIELD', message: expect.stringMatching(/^The request holds a value that can't be kept \(.*\); expected texts without NUL characters/) };
    const lease: Lease = { jobId: 'a\0b', attempt: 1, token: 'x' };
    await expect(jobs().get('a\0b')).rejects.toMatchObject(unstorable);
    await expect(jobs().heartbeat(lease)).rejects.toMatchObject(unstorable);
    await expect(record(lease)).rejects.toMatchObject(unstorable);
    await expect(jobs().release(lease)).rejects.toMatchObject(unstorable);
    const { name } = await addDataset(subject);
    await expect(jobs().create(jobRequest(name, { traceparent: 'a\0b' }))).rejects.toMatchObject(unstorable);
  });

  describe('creating', () => {
    it('queues a job and makes its model', async () => {
      const { name: dataset } = await addDataset(subject);
      const request = jobRequest(dataset, { family: Family.FAMILY_GAN });
      const job = await jobs().create(request);
      expect(job).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/), family: Family.FAMILY_GAN, model: request.model, dataset, state: JobState.JOB_STATE_QUEUED, error: '', attempt: 0,
        specJson: request.specJson, version: 0n, progress: undefined, createdAt: expect.any(Date), startedAt: undefined, endedAt: undefined, cancelRequested: false,
      });
      expect(await jobs().get(job.id)).toEqual(job);
      expect(await subject.metadata.models.get(request.model)).toMatchObject({ family: Family.FAMILY_GAN, latestVersion: 0n });
      expect(await eventsOf(subject, job.id)).toEqual(['queued']);
    });

    it('gives the same job for the same key, also to many at once, and refuses the key for another request', async () => {
      const { name } = await addDataset(subject);
      const request = jobRequest(name, { family: Family.FAMILY_GAN, idempotencyKey: uniqueName('key') });
      const made = await Promise.all(Array.from({ length: 4 }, () => jobs().create(request)));
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      await expect(jobs().create({ ...request, specJson: '{"epochs":2}' })).rejects.toMatchObject({
        reason: 'INVALID_FIELD',
        message: `idempotency_key: was used for another request, which made job ${made[0]!.id}; expected a new key for a new request.`,
      });
    });

    it.each([
      ['family', { family: Family.FAMILY_UNSPECIFIED }, 'family: is 0; expected FAMILY_CNN'],
      ['model', { model: 'No Name' }, 'model: is "No Name"; expected 1 to 64 of'],
      ['spec_json', { specJson: '{' }, "spec_json: isn't JSON"],
      ['idempotency_key', { idempotencyKey: 'x'.repeat(129) }, 'idempotency_key: has 129 characters; expected at most 128.'],
    ])('refuses a bad %s', async (field, change, message) => {
      const { name } = await addDataset(subject);
      await expect(jobs().create(jobRequest(name, change))).rejects.toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining(message), violations: [{ field }] });
    });

    it('refuses an unknown data set, and leaves no model', async () => {
      const request = jobRequest('absent');
      await expect(jobs().create(request)).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
      await expect(subject.metadata.models.get(request.model)).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
    });

    it("refuses another family's model", async () => {
      const { model, dataset } = await addJob(subject, { family: Family.FAMILY_GAN });
      await expect(jobs().create(jobRequest(dataset, { model }))).rejects.toMatchObject({
        reason: 'WRONG_FAMILY',
        message: `Model "${model}" belongs to family gan, not cnn. Choose another name, or train it there.`,
      });
    });
  });

  describe('claiming', () => {
    it('gives each job to one worker, oldest first, with all it needs', async () => {
      const queued = [await addJob(subject), await addJob(subject), await addJob(subject)];
      const claims = [];
      for (const _ of queued) claims.push(await claim(subject));
      expect(claims.map(({ job }) => job?.id)).toEqual(queued.map(({ id }) => id));
      expect(claims[0]).toMatchObject({
        job: { state: JobState.JOB_STATE_RUNNING, attempt: 1, startedAt: expect.any(Date) },
        lease: { jobId: queued[0]!.id, attempt: 1, token: expect.stringMatching(/.{36}/) },
        leaseMs: 60_000,
        checkpoint: undefined,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      });
      expect(await claim(subject)).toMatchObject({ job: undefined, lease: undefined });
      for (const { lease } of claims) await fail(lease!);
    });

    it('never gives one job to two workers', async () => {
      const queued = await Promise.all(Array.from({ length: 5 }, () => addJob(subject)));
      const claims = await Promise.all(Array.from({ length: 12 }, () => claim(subject)));
      const ids = claims.flatMap(({ job }) => job?.id ?? []);
      expect(ids.sort()).toEqual(queued.map(({ id }) => id).sort());
      for (const { lease } of claims) if (lease) await fail(lease);
    });

    it('waits for a job, and no longer than asked', async () => {
      const waiting = claim(subject, Family.FAMILY_CNN, 20_000);
      await until(() => subject.metadata.signals.size === 1, 'the claim waits');
      const before = Date.now();
      const { id } = await addJob(subject);
      const { job, lease } = await waiting;
      expect(job?.id).toBe(id);
      expect(Date.now() - before).toBeLessThan(1_900);
      await fail(lease!);
      expect((await claim(subject, Family.FAMILY_CNN, 60)).job).toBeUndefined();
      expect(subject.metadata.signals.size).toBe(0);
    });

    it('leaves jobs of other families alone', async () => {
      const { id } = await addJob(subject, { family: Family.FAMILY_RNN });
      expect((await claim(subject)).job).toBeUndefined();
      expect((await claim(subject, Family.FAMILY_RNN)).job?.id).toBe(id);
    });

    it('stops waiting when its caller goes', async () => {
      const stop = new AbortController();
      const waiting = jobs().claim({ family: Family.FAMILY_CNN, worker: '', waitMs: 60_000 }, stop.signal);
      stop.abort();
      expect((await waiting).job).toBeUndefined();
      await expect(jobs().claim({ family: Family.FAMILY_CNN, worker: '', waitMs: 60_001 }, never)).rejects.toThrow('wait_ms: is 60001; expected at most 60000.');
    });
  });

  describe('recording', () => {
    it('keeps events in order, without gaps, and the latest progress', async () => {
      const { job, lease } = await claimedJob(subject);
      await record(lease, progress(1, Number.NaN), log('hello'), progress(2), epochEnd(1));
      await record(lease, diagnostic('not_finite'));
      expect(await eventsOf(subject, job.id)).toEqual(['queued', 'running', 'progress 1', 'log hello', 'progress 2', 'epoch 1', 'diagnostic not_finite']);
      expect((await jobs().get(job.id)).progress).toMatchObject({ step: 2n, totalSteps: 100n, metrics: { loss: 0.5 } });
      await fail(lease);
    });

    it('keeps what is sent again once: after a lost answer, and by a run that goes on from a checkpoint', async () => {
      const { job, lease } = await claimedJob(subject);
      const batch = [progress(1), progress(2), log('a line', new Date(1_700_000_000_000)), epochEnd(1), diagnostic('stalled'), progress(3)];
      await record(lease, ...batch);
      await record(lease, ...batch);
      await jobs().release(lease);
      const { lease: second } = await claim(subject);
      await record(second!, progress(2), progress(3), epochEnd(1), diagnostic('stalled'), progress(4), epochEnd(2));
      expect((await eventsOf(subject, job.id)).filter((event) => !event.startsWith('log Worker'))).toEqual([
        'queued', 'running', 'progress 1', 'progress 2', 'log a line', 'epoch 1', 'diagnostic stalled', 'progress 3', 'queued', 'running', 'progress 4', 'epoch 2',
      ]);
      await fail(second!);
    });

    it("refuses events that aren't a worker's", async () => {
      const { lease } = await claimedJob(subject);
      const state: TrainingEvent = { ...log(''), event: { $case: 'state', value: JobState.JOB_STATE_SUCCEEDED } };
      await expect(record(lease, log('x'), state)).rejects.toThrow('events[1].state: is recorded by the registry itself');
      await expect(record(lease, { ...log(''), event: undefined })).rejects.toThrow('events[0]: holds no event');
      await fail(lease);
    });

    it('keeps the latest checkpoint, hands it to the next owner, and collects the one before', async () => {
      const { job, lease } = await claimedJob(subject);
      const [first, second] = [await putBlob(subject), await putBlob(subject)];
      await jobs().recordCheckpoint({ lease, checkpoint: { step: 10n, blob: first } });
      await jobs().recordCheckpoint({ lease, checkpoint: { step: 20n, blob: second } });
      await jobs().recordCheckpoint({ lease, checkpoint: { step: 20n, blob: second } });
      await subject.metadata.blobs.collect(0);
      expect([await subject.blobs.has(first), await subject.blobs.has(second)]).toEqual([false, true]);
      await jobs().release(lease);
      const claimed = await claim(subject);
      expect(claimed).toMatchObject({ job: { id: job.id, attempt: 2 }, checkpoint: { step: 20n, blob: second } });
      expect(await eventsOf(subject, job.id)).toEqual(expect.arrayContaining(['checkpoint 10', 'checkpoint 20']));
      await jobs().publish({ lease: claimed.lease, version: await makeVersion(subject) });
      await subject.metadata.blobs.collect(0);
      expect(await subject.blobs.has(second)).toBe(false);
    });

    it('refuses a checkpoint that is not stored, and keeps the one before', async () => {
      const { lease } = await claimedJob(subject);
      const blob = await putBlob(subject);
      await jobs().recordCheckpoint({ lease, checkpoint: { step: 1n, blob } });
      const absent = { sha256: 'd'.repeat(64), size: 3n };
      await expect(jobs().recordCheckpoint({ lease, checkpoint: { step: 2n, blob: absent } })).rejects.toThrow('checkpoint.blob: names blob ddd');
      await expect(jobs().recordCheckpoint({ lease, checkpoint: undefined })).rejects.toThrow('checkpoint.blob: is missing');
      await expect(jobs().recordCheckpoint({ lease, checkpoint: { step: 0n, blob } })).rejects.toThrow('checkpoint.step: is 0; expected a step from 1.');
      await jobs().release(lease);
      const claimed = await claim(subject);
      expect(claimed.checkpoint).toEqual({ step: 1n, blob });
      await fail(claimed.lease!);
    });
  });

  describe('ending', () => {
    it('publishes the version and succeeds in one, and answers the same when asked again', async () => {
      const { job, lease } = await claimedJob(subject);
      const version = await jobs().publish({ lease, version: await makeVersion(subject) });
      expect(version).toMatchObject({ model: job.model, version: 1n, jobId: job.id, family: Family.FAMILY_CNN, dataset: job.dataset, labels: [], createdAt: expect.any(Date) });
      expect(await jobs().publish({ lease, version: await makeVersion(subject) })).toEqual(version);
      expect(await jobs().get(job.id)).toMatchObject({ state: JobState.JOB_STATE_SUCCEEDED, version: 1n, endedAt: expect.any(Date) });
      expect(await eventsOf(subject, job.id)).toEqual(['queued', 'running', 'version 1', 'succeeded']);
      await expect(fail(lease)).rejects.toMatchObject(lost);
      await expect(jobs().heartbeat(lease)).rejects.toMatchObject(lost);
    });

    it('fails with its reason, and answers the same when asked again', async () => {
      const { job, lease } = await claimedJob(subject);
      const failed = await fail(lease, 'loss is NaN at step 7');
      expect(failed).toMatchObject({ state: JobState.JOB_STATE_FAILED, error: 'loss is NaN at step 7', endedAt: expect.any(Date) });
      expect(await fail(lease)).toEqual(failed);
      expect(await eventsOf(subject, job.id)).toEqual(['queued', 'running', 'log loss is NaN at step 7', 'failed']);
      await expect(jobs().publish({ lease, version: await makeVersion(subject) })).rejects.toMatchObject(lost);
      await expect(subject.metadata.models.getVersion({ name: job.model, target: { $case: 'version', value: 1n } })).rejects.toMatchObject({ reason: 'VERSION_NOT_FOUND' });
    });

    it('takes only an end that a worker may give', async () => {
      const { lease } = await claimedJob(subject);
      await expect(jobs().end({ lease, state: JobState.JOB_STATE_SUCCEEDED, error: '' })).rejects.toThrow('state: is succeeded; expected JOB_STATE_FAILED or JOB_STATE_CANCELLED.');
      await expect(fail(lease, '')).rejects.toThrow('error: is empty; expected why the job failed.');
      await fail(lease);
    });

    it('cancels a queued job at once, so that no worker gets it', async () => {
      const { id } = await addJob(subject);
      expect(await jobs().cancel(id)).toMatchObject({ state: JobState.JOB_STATE_CANCELLED });
      expect(await jobs().cancel(id)).toMatchObject({ state: JobState.JOB_STATE_CANCELLED });
      expect((await claim(subject)).job).toBeUndefined();
      expect(await eventsOf(subject, id)).toEqual(['queued', 'cancelled']);
    });

    it('tells the owner of a running job to end it', async () => {
      const { job, lease } = await claimedJob(subject);
      expect(await jobs().heartbeat(lease)).toMatchObject({ cancelRequested: false, leaseUntil: expect.any(Date) });
      expect(await jobs().cancel(job.id)).toMatchObject({ state: JobState.JOB_STATE_RUNNING, cancelRequested: true });
      expect(await jobs().heartbeat(lease)).toMatchObject({ cancelRequested: true });
      expect(await record(lease, progress(1))).toEqual({ cancelRequested: true });
      expect(await jobs().end({ lease, state: JobState.JOB_STATE_CANCELLED, error: '' })).toMatchObject({ state: JobState.JOB_STATE_CANCELLED, error: '' });
    });

    it('ends a job that was to be cancelled when its owner gives it back', async () => {
      const { job, lease } = await claimedJob(subject);
      await jobs().cancel(job.id);
      expect(await jobs().release(lease)).toMatchObject({ state: JobState.JOB_STATE_CANCELLED });
    });

    it('refuses to cancel what has ended', async () => {
      const { job, lease } = await claimedJob(subject);
      await fail(lease);
      await expect(jobs().cancel(job.id)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: `Job ${job.id} has failed; only a queued or running job can be cancelled.` });
    });

    it('names a job that is not there', async () => {
      const missing = { reason: 'JOB_NOT_FOUND', message: expect.stringContaining('There is no job "nope".') };
      for (const call of [jobs().get('nope'), jobs().cancel('nope'), jobs().resume('nope')]) await expect(call).rejects.toMatchObject(missing);
      await expect(jobs().heartbeat({ jobId: 'nope', attempt: 1, token: '' })).rejects.toMatchObject(missing);
      await expect(jobs().heartbeat(undefined)).rejects.toThrow('lease: is missing; expected the lease that ClaimJob answered.');
    });
  });

  describe('resuming', () => {
    it('queues a failed job again, with its checkpoint', async () => {
      const { job, lease } = await claimedJob(subject);
      const blob = await putBlob(subject);
      await jobs().recordCheckpoint({ lease, checkpoint: { step: 5n, blob } });
      await fail(lease);
      expect(await jobs().resume(job.id)).toMatchObject({ state: JobState.JOB_STATE_QUEUED, error: '', endedAt: undefined });
      const claimed = await claim(subject);
      expect(claimed).toMatchObject({ job: { id: job.id, attempt: 2 }, checkpoint: { step: 5n, blob } });
      await expect(jobs().heartbeat(lease)).rejects.toMatchObject(lost);
      await expect(jobs().resume(job.id)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: `Job ${job.id} is running; only a failed or cancelled job can be resumed.` });
      await fail(claimed.lease!);
    });

    it('refuses when the data is gone or has changed', async () => {
      const { job, lease } = await claimedJob(subject);
      await fail(lease);
      await subject.metadata.datasets.delete(job.dataset);
      await expect(jobs().resume(job.id)).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
      await subject.metadata.datasets.create(await makeDataset(subject, job.dataset));
      await expect(jobs().resume(job.id)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('holds other data than job') });
    });
  });

  describe('listing and watching', () => {
    it('lists newest first, by family, model and state, in pages', async () => {
      const model = uniqueName('listed');
      const made = [await addJob(subject, { model }), await addJob(subject, { model }), await addJob(subject, { model })];
      await jobs().cancel(made[1]!.id);
      const list = async (states: JobState[], family = Family.FAMILY_UNSPECIFIED): Promise<string[]> => {
        const ids: string[] = [];
        let pageToken = '';
        do {
          const page = await jobs().list({ family, model, states, pageSize: 2, pageToken });
          ids.push(...page.jobs.map(({ id }) => id));
          pageToken = page.nextPageToken;
        } while (pageToken);
        return ids.map((id) => String(made.findIndex((job) => job.id === id)));
      };
      expect(await list([])).toEqual(['2', '1', '0']);
      expect(await list([JobState.JOB_STATE_CANCELLED])).toEqual(['1']);
      expect(await list([JobState.JOB_STATE_QUEUED, JobState.JOB_STATE_RUNNING], Family.FAMILY_CNN)).toEqual(['2', '0']);
      expect(await list([], Family.FAMILY_RNN)).toEqual([]);
      for (const { id } of made) await jobs().cancel(id);
    });

    it('replays from a sequence number, goes on live, and ends with the job', async () => {
      const { job, lease } = await claimedJob(subject);
      await record(lease, progress(1));
      const seen: string[] = [];
      const watching = (async () => {
        for await (const event of jobs().watch(job.id, 1n, never)) seen.push(`${event.sequence} ${describeEvent(event)}`);
      })();
      await until(() => seen.length === 2, 'replay');
      const before = Date.now();
      await record(lease, progress(2));
      await until(() => seen.length === 3, 'a live event');
      expect(Date.now() - before).toBeLessThan(1_900);
      await jobs().publish({ lease, version: await makeVersion(subject) });
      await watching;
      expect(seen).toEqual(['2 running', '3 progress 1', '4 progress 2', '5 version 1', '6 succeeded']);
      expect(subject.metadata.signals.size).toBe(0);
    });

    it('sends more events than fit a page', async () => {
      const { job, lease } = await claimedJob(subject);
      await record(lease, ...Array.from({ length: 1_203 }, (_, index) => progress(index + 1)));
      await fail(lease);
      let count = 0;
      for await (const event of jobs().watch(job.id, 0n, never)) expect(event.sequence).toBe(BigInt(++count));
      expect(count).toBe(1_207);
    });

    it('ends when its caller goes, and refuses an unknown job', async () => {
      const { id } = await addJob(subject, { family: Family.FAMILY_GAN });
      const stop = new AbortController();
      const seen: string[] = [];
      for await (const event of jobs().watch(id, 0n, stop.signal)) {
        seen.push(describeEvent(event));
        stop.abort();
      }
      expect(seen).toEqual(['queued']);
      await expect(jobs().watch('nope', 0n, never).next()).rejects.toMatchObject({ reason: 'JOB_NOT_FOUND' });
      expect(subject.metadata.signals.size).toBe(0);
    });
  });

  it('has had no failure in the background', () => expect(subject.errors).toEqual([]));
});
