import { JobState } from '@quartet/contracts';
import { addJob, claim, claimedJob, eventsOf, putBlob, until } from '../../testing/fixtures';
import { DATABASES, openTestMetadata, type MetadataUnderTest } from '../../testing/metadata';

const LEASE_MS = 500;

describe.each(DATABASES)('leases in %s', (_name, place) => {
  let subject: MetadataUnderTest;
  beforeAll(async () => void (subject = await openTestMetadata(place, LEASE_MS)));
  afterAll(() => subject?.close());

  const stateOf = async (id: string): Promise<JobState> => (await subject.metadata.jobs.get(id)).state;
  const comesBack = (id: string): Promise<void> => until(async () => (await stateOf(id)) === JobState.JOB_STATE_QUEUED, `job ${id} is queued again`);

  it('run out when the worker is silent: the job goes to the next one, and the first is fenced', async () => {
    const { job, lease } = await claimedJob(subject);
    const blob = await putBlob(subject);
    await subject.metadata.jobs.recordCheckpoint({ lease, checkpoint: { step: 3n, blob } });
    const next = await claim(subject, undefined, 20_000);
    expect(next).toMatchObject({ job: { id: job.id, attempt: 2 }, checkpoint: { step: 3n, blob } });
    await expect(subject.metadata.jobs.heartbeat(lease)).rejects.toMatchObject({ reason: 'LEASE_LOST', metadata: { job: job.id, attempt: '2', state: 'running' } });
    expect(await eventsOf(subject, job.id)).toEqual([
      'queued', 'running', 'checkpoint 3', `log Worker host:1 was silent for ${LEASE_MS} ms; queued again.`, 'queued', 'running',
    ]);
    await subject.metadata.jobs.end({ lease: next.lease, state: JobState.JOB_STATE_FAILED, error: 'x' });
  });

  it('last as long as heartbeats come', async () => {
    const { job, lease } = await claimedJob(subject);
    for (let beat = 0; beat < 12; beat++) {
      await subject.metadata.jobs.heartbeat(lease);
      await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 5));
    }
    expect(await stateOf(job.id)).toBe(JobState.JOB_STATE_RUNNING);
    await subject.metadata.jobs.end({ lease, state: JobState.JOB_STATE_FAILED, error: 'x' });
  });

  it('end a job that was to be cancelled', async () => {
    const { job } = await claimedJob(subject);
    await subject.metadata.jobs.cancel(job.id);
    await until(async () => (await stateOf(job.id)) === JobState.JOB_STATE_CANCELLED, 'cancelled');
  });

  it('fail a job that takes five workers down in a row', async () => {
    const { id } = await addJob(subject);
    for (let attempt = 1; attempt <= 5; attempt++) {
      expect((await claim(subject, undefined, 20_000)).job).toMatchObject({ id, attempt });
    }
    await until(async () => (await stateOf(id)) === JobState.JOB_STATE_FAILED, 'failed');
    expect((await subject.metadata.jobs.get(id)).error).toMatch(/^The worker fell silent 5 times in a row without a new checkpoint, last Worker host:1: it may run out of memory\./);
  }, 60_000);

  it('get a second chance after a restart, which kept their owners from heartbeats', async () => {
    await subject.reopen({ leaseMs: 60_000 });
    const { job, lease } = await claimedJob(subject);
    const expire = (): Promise<unknown> =>
      subject.metadata.connection.db.updateTable('jobs').set({ lease_until: new Date(0) }).where('id', '=', job.id).execute();
    await expire();
    await subject.reopen({ leaseMs: 60_000 });
    expect(await subject.metadata.jobs.sweep()).toBe(0);
    await subject.metadata.jobs.heartbeat(lease);
    await expire();
    await comesBack(job.id);
    expect(subject.errors).toEqual([]);
  });
});
