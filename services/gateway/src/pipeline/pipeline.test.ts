import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, shapeOf, tensorFromUint8, tensorToFloat32, uploadDataset, waitUntilServing, watchJob, type Input, type QuartetClient } from '@quartet/client';
import { DatasetFormat, JobState, type Job, type pipeline, type QuartetError } from '@quartet/contracts';
import { freePort, ServiceProcess } from '@quartet/service-kit/dist/platform-testing/processes';
import { idxFiles, mnist, shrunk } from '@quartet/service-kit/dist/platform-testing/digits';

const services = resolve(__dirname, '../../..');
const SIDE = 7;

type Step = Input<pipeline.Step>;
const model = { name: 'digits' };
const denoise: Step = { call: { $case: 'denoise', value: { model: { name: 'denoiser' } } } };
const classify: Step = { call: { $case: 'classify', value: { model, topK: 2 } } };
const embed: Step = { call: { $case: 'embed', value: { model } } };
const caption: Step = { call: { $case: 'caption', value: { model: { name: 'names' } } } };

describe('pipelines, through a real gateway to real families', () => {
  let home: string;
  let client: QuartetClient;
  let batch: ReturnType<typeof tensorFromUint8>;
  const processes: ServiceProcess[] = [];

  const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);
  const run = (steps: Step[], more: object = {}) => client.pipelines.run({ pipeline: { steps }, input: { $case: 'batch', value: batch }, ...more }, { deadlineMs: 60_000 });
  async function promoted(job: Job): Promise<void> {
    for await (const _ of watchJob(client, job.id));
    const { state, error } = await client.training.getJob({ id: job.id });
    expect([JobState[state], error]).toEqual(['JOB_STATE_SUCCEEDED', '']);
    await client.models.promoteVersion({ model: job.model, version: 1 });
  }

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'quartet-pipeline-'));
    const gatewayPort = await freePort();
    const names = ['REGISTRY', 'CNN', 'AUTOENCODER', 'RNN', 'GAN'];
    const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [`QUARTET_${name}_PORT`, `${await freePort()}`] as const)));
    const env = { QUARTET_HOME: home, QUARTET_CACHE: join(home, 'cache'), QUARTET_GATEWAY_PORT: `${gatewayPort}`, QUARTET_MAX_BATCH: '16', ...ports };
    processes.push(...(await Promise.all(['registry', 'cnn', 'autoencoder', 'gateway'].map((name) => ServiceProcess.start(join(services, name, 'dist/main.js'), env)))));
    client = connect({ address: `127.0.0.1:${gatewayPort}` });
    for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService', 'quartet.autoencoder.v1.AutoencoderService']) await waitUntilServing(client, { service, timeoutMs: 240_000 });
    const files = [...idxFiles('train', shrunk(await mnist('train', 300))), ...idxFiles('t10k', shrunk(await mnist('t10k', 50)))];
    await uploadDataset(client, 'small', { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.2 }, files);
    const dense = { layers: [{ layer: { $case: 'flatten' as const, value: {} } }, { layer: { $case: 'dense' as const, value: { units: 16 } } }] };
    const options = { epochs: 2, batchSize: 32, seed: 1 };
    await promoted(await client.cnn.train({ model: 'digits', dataset: 'small', spec: dense, options }));
    await promoted(await client.autoencoder.train({ model: 'denoiser', dataset: 'small', spec: { latentSize: 8, architecture: { $case: 'dense', value: { units: [32] } } }, options }));
    batch = tensorFromUint8(shrunk(await mnist('t10k', 3)).images, [3, SIDE, SIDE]);
  }, 400_000);
  afterAll(async () => {
    client?.close();
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  test('denoise, then classify, is what the two give in turn', async () => {
    const { steps } = await run([denoise, classify], { includeIntermediate: true });
    expect(steps.map(({ name, modelVersion }) => [name, modelVersion])).toEqual([['denoise', 1n], ['classify', 1n]]);
    const { examples } = await client.autoencoder.reconstruct({ model: { name: 'denoiser' }, input: { $case: 'batch', value: batch } });
    const images = steps[0]!.output!;
    if (images.$case !== 'images') throw new Error(images.$case);
    expect(shapeOf(images.value)).toEqual([3, SIDE, SIDE, 1]);
    const clipped = tensorToFloat32(examples!).map((value) => Math.min(1, Math.max(0, value)));
    tensorToFloat32(images.value).forEach((value, at) => expect(value).toBeCloseTo(clipped[at]!, 5));
    const { results } = await client.cnn.classify({ model, topK: 2, input: { $case: 'batch', value: images.value } });
    const last = (await run([denoise, classify])).steps;
    expect(last).toHaveLength(1);
    const classes = last[0]!.output!;
    if (classes.$case !== 'classes') throw new Error(classes.$case);
    classes.value.results.forEach(({ classes: list }, image) => list.forEach(({ index, probability }, rank) => {
      expect(index).toBe(results[image]!.classes[rank]!.index);
      expect(probability).toBeCloseTo(results[image]!.classes[rank]!.probability, 4);
    }));
    expect(await client.pipelines.validate({ pipeline: { steps: [denoise, classify] } })).toEqual({ modelVersions: [1n, 1n] });
  });

  test.each<[string, Step[], string, string]>([
    ['no step', [], 'pipeline.steps', 'has 0 steps; it takes 1 to 8'],
    ['too many', Array<Step>(9).fill(denoise), 'pipeline.steps', 'has 9 steps; it takes 1 to 8'],
    ['a step without a call', [{}], 'pipeline.steps[0]', 'has no call; it takes one of denoise, classify, embed, caption'],
    ['captions of images', [caption], 'pipeline.steps[0].caption', 'takes embeddings, but the input is images; put embed before it'],
    ['a step after the classes', [classify, denoise], 'pipeline.steps[1].denoise', 'takes images, but the step before gives classes; put denoise before it'],
    ['a step without a model', [{ call: { $case: 'embed', value: {} } }], 'pipeline.steps[0].embed.model.name', 'is empty; name the model'],
  ])('refuses %s before anything runs', async (_, steps, field, description) => {
    for (const call of [() => run(steps), () => client.pipelines.validate({ pipeline: { steps } })]) {
      expect(await refusal(call())).toMatchObject({ reason: 'INVALID_FIELD', violations: [{ field, description }] });
    }
  });

  test('an error names the step, and has the reason and the fields of the family', async () => {
    const absent: Step = { name: 'second look', call: { $case: 'classify', value: { model: { name: 'absent' } } } };
    expect(await refusal(run([denoise, absent]))).toMatchObject({ reason: 'MODEL_NOT_FOUND', metadata: { step: '1' }, message: expect.stringMatching(/^step 2 \(second look\): .*absent/) });
    const greedy: Step = { call: { $case: 'classify', value: { model, topK: 11 } } };
    expect(await refusal(run([denoise, greedy]))).toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining('step 2 (classify): top_k: is 11; the model has 10 classes') });
    const wide = tensorFromUint8(new Uint8Array(64), [1, 8, 8]);
    const error = await refusal(run([denoise], { input: { $case: 'batch', value: wide } }));
    expect(error).toMatchObject({ reason: 'SHAPE_MISMATCH', metadata: { step: '0' }, violations: [{ field: 'batch.shape' }] });
    expect(await refusal(run([denoise], { input: undefined }))).toMatchObject({ message: 'input: is not set; send `images` (PNG, JPEG or pixels), or `batch`, a tensor of them' });
    const swapped: Step = { call: { $case: 'denoise', value: { model } } };
    expect(await refusal(run([swapped]))).toMatchObject({ reason: 'WRONG_FAMILY', message: expect.stringMatching(/^step 1 \(denoise\): model 'digits' is of FAMILY_CNN/) });
    expect(await refusal(run([embed, caption]))).toMatchObject({ reason: 'UNAVAILABLE', metadata: { step: '1' }, message: expect.stringMatching(/^step 2 \(caption\): /) });
  });

  test('has one deadline for all steps', async () => {
    expect(await refusal(client.pipelines.run({ pipeline: { steps: [denoise, classify] }, input: { $case: 'batch', value: batch } }, { deadlineMs: 1 }))).toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  });
});
