import { cnn, JobState, type Job } from '@quartet/contracts';
import { tensorFromUint8 } from '@quartet/client';
import { mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform, tinySpec } from './testing/platform';

// What can go wrong while a model trains, each compared with a training that nothing disturbed: equal seeds must give
// equal weights, to the last bit.

const options = { epochs: 20, batchSize: 32, seed: 11, learningRate: 0.003, checkpointEverySteps: 25 };

describe('a training that is disturbed', () => {
  let platform: Platform;
  let undisturbed: string;

  const train = (): Promise<Job> => platform.train({ model: 'digits', dataset: 'digits', spec: tinySpec, options });
  const checkpointed = (job: Job): Promise<void> => platform.event(job.id, ({ $case }) => $case === 'checkpoint');
  const stateOf = async (job: Job) => JobState[(await platform.control.training.getJob({ id: job.id })).state];
  /** The process that trains the job now. */
  const trainingPid = async (job: Job, attempt = 1): Promise<number> => {
    const line = await platform.service.line((l) => l['job'] === job.id && l['attempt'] === attempt && l.msg === 'job claimed');
    return line['trainingPid'] as number;
  };

  beforeAll(async () => {
    platform = await Platform.start();
    await platform.uploadDigits('digits', 600, 100);
    undisturbed = await platform.weightsOf(await train());
  });
  afterAll(() => platform?.stop());

  it('gives equal weights for equal seeds, and others for another', async () => {
    expect(await platform.weightsOf(await train())).toBe(undisturbed);
    const other = await platform.train({ model: 'digits', dataset: 'digits', spec: tinySpec, options: { ...options, epochs: 1, seed: 12 } });
    expect(await platform.weightsOf(other)).not.toBe(undisturbed);
  });

  it('survives a kill of its process', async () => {
    const job = await train();
    await checkpointed(job);
    process.kill(await trainingPid(job), 'SIGKILL');
    expect(await platform.weightsOf(job)).toBe(undisturbed);
    expect((await platform.control.training.getJob({ id: job.id })).attempt).toBe(2);
    await platform.service.line((line) => line.msg === 'training process crashed' && line['reason'] === 'killed by SIGKILL');
  });

  it('survives a kill of its service', async () => {
    const job = await train();
    await checkpointed(job);
    const orphan = await trainingPid(job);
    await platform.service.end('SIGKILL');
    await platform.startService();
    expect(await platform.weightsOf(job)).toBe(undisturbed);
    expect((await platform.control.training.getJob({ id: job.id })).attempt).toBe(2);
    expect(() => process.kill(orphan, 0)).toThrow('ESRCH');
  });

  it('survives a kill of both at once, when nobody can give the job back', async () => {
    const job = await train();
    await checkpointed(job);
    const pid = await trainingPid(job);
    process.kill(pid, 'SIGSTOP'); // So that it can't use the moment between the two kills.
    await platform.service.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await platform.startService();
    expect(await platform.weightsOf(job)).toBe(undisturbed);
  });

  it('goes to the next service when its own drains', async () => {
    const job = await train();
    await checkpointed(job);
    expect(await platform.service.end('SIGTERM')).toBe(0);
    expect(await stateOf(job)).toBe('JOB_STATE_QUEUED');
    await platform.startService();
    expect(await platform.weightsOf(job)).toBe(undisturbed);
  });

  it('goes on while the registry is away, and so does serving', async () => {
    await platform.control.models.promoteVersion({ model: 'digits', version: 1 });
    const { images } = await mnist('t10k', 1);
    const classify = () => platform.family.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: tensorFromUint8(images, [1, 28, 28]) } });
    const before = await classify();
    await platform.service.line((line) => line.msg === 'version loaded');

    const job = await train();
    await checkpointed(job);
    await platform.registry.end('SIGKILL');
    const during = await classify();
    expect(during.results).toEqual(before.results);
    await new Promise((resolve) => setTimeout(resolve, 4_000)); // Longer than the lease.
    await platform.startRegistry();
    expect(await platform.weightsOf(job)).toBe(undisturbed);
    expect((await platform.control.training.getJob({ id: job.id })).attempt).toBe(1);
    expect((await classify()).results).toEqual(before.results);
  });

  it('is cancelled at its next step and resumed where it was', async () => {
    const job = await train();
    await checkpointed(job);
    await platform.control.training.cancelJob({ id: job.id });
    await platform.events(job.id);
    expect(await stateOf(job)).toBe('JOB_STATE_CANCELLED');
    await platform.control.training.resumeJob({ id: job.id });
    expect(await platform.weightsOf(job)).toBe(undisturbed);
    const { attempt } = await platform.control.training.getJob({ id: job.id });
    expect(attempt).toBe(2);
  });

  it('needs no service: a process that is given no job claims one, trains it and ends with 0', async () => {
    expect(await platform.service.end('SIGTERM')).toBe(0);
    await platform.startService({ QUARTET_TRAINING_SLOTS: '0' });
    const job = await train();
    const worker = platform.startTrainingProcess();
    expect(await platform.weightsOf(job)).toBe(undisturbed);
    expect(await worker.exit()).toBe(0);
    await platform.service.end('SIGTERM');
    await platform.startService();
  });

  it('goes back and goes on more carefully when the loss is no longer a number, and its log says so', async () => {
    // Without ReLU nothing bounds the growth.
    const linear = { layer: { $case: 'dense' as const, value: { units: 32, activation: cnn.Activation.ACTIVATION_LINEAR } } };
    const spec = { layers: [{ layer: { $case: 'flatten' as const, value: {} } }, linear, linear, linear] };
    const job = await platform.train({ model: 'broken', dataset: 'digits', spec, options: { epochs: 3, learningRate: 100, optimizer: 1, seed: 3 } });
    const events = await platform.events(job.id);
    const ended = await platform.control.training.getJob({ id: job.id });
    expect(JobState[ended.state]).toBe('JOB_STATE_SUCCEEDED');
    const found = events.flatMap(({ event }) => (event?.$case === 'diagnostic' && event.value.verdict === 'not_finite' ? [event.value] : []));
    expect(found[0]).toMatchObject({
      evidence: expect.stringMatching(/^the .* is (NaN|-?Infinity) at step \d+ /),
      remedy: expect.stringMatching(/^went back to step \d+; learning rate 50, gradients clipped to global norm 1 \(retry 1 of 2\)$/),
      applied: true,
    });
  });

  it('fails with the reason after five crashes without a new checkpoint', async () => {
    const job = await platform.train({ model: 'crashing', dataset: 'digits', spec: tinySpec, options: { ...options, epochs: 10_000, checkpointEverySteps: 1_000_000 } });
    for (let attempt = 1; attempt <= 5; attempt++) process.kill(await trainingPid(job, attempt), 'SIGKILL');
    await platform.events(job.id);
    const ended = await platform.control.training.getJob({ id: job.id });
    expect(JobState[ended.state]).toBe('JOB_STATE_FAILED');
    expect(ended.error).toContain('ended 5 times in a row without a new checkpoint, the last time killed by SIGKILL');
  });
});
