import { JobState, type Job, type TrainingEvent } from '@quartet/contracts';
import { tensorFromUint8, tensorToFloat32, shapeOf } from '@quartet/client';
import { mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform, tinySpec } from './testing/platform';

describe('a model from data to answers', () => {
  let platform: Platform;
  let job: Job;
  let events: TrainingEvent[];

  beforeAll(async () => {
    platform = await Platform.start();
    await platform.uploadDigits('digits', 600, 100);
    job = await platform.train({ model: 'digits', dataset: 'digits', spec: tinySpec, options: { epochs: 8, batchSize: 32, seed: 7, learningRate: 0.003, checkpointEverySteps: 20 } });
    events = await platform.events(job.id);
  });
  afterAll(() => platform?.stop());

  it('trains, with its states, progress, epochs and checkpoints in the log', async () => {
    const ended = await platform.control.training.getJob({ id: job.id });
    expect(ended.error).toBe('');
    expect(ended.state).toBe(JobState.JOB_STATE_SUCCEEDED);
    expect(ended.version).toBe(1n);
    const kinds = events.map(({ event }) => event?.$case);
    expect(kinds.filter((kind) => kind === 'epochEnd')).toHaveLength(8);
    expect(kinds).toEqual(expect.arrayContaining(['state', 'progress', 'checkpoint', 'version']));
    expect(ended.progress?.step).toBe(ended.progress?.totalSteps);
  });

  it('publishes a version with its metrics, signature and manifest', async () => {
    const version = await platform.control.models.getVersion({ model: { name: 'digits', target: { $case: 'version', value: 1 } } });
    expect(version.metrics['test/accuracy']).toBeGreaterThan(0.7);
    expect(version.inputs[0]?.shape).toEqual([-1n, 28n, 28n, 1n]);
    expect(version.files.map(({ path }) => path)).toEqual(expect.arrayContaining(['manifest.json', 'weights.safetensors']));
    const manifest = JSON.parse(version.manifestJson) as { extra: { confusionMatrix: number[][] } };
    expect(manifest.extra.confusionMatrix.flat().reduce((a, b) => a + b, 0)).toBe(100);
  });

  it('classifies once promoted, and embeds', async () => {
    await platform.control.models.promoteVersion({ model: 'digits', version: 1 });
    const { images, labels } = await mnist('t10k', 16);
    const batch = tensorFromUint8(images, [16, 28, 28]);
    const answer = await platform.family.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: batch }, topK: 3, includeLogits: true });
    expect(answer.modelVersion).toBe(1n);
    expect(answer.results).toHaveLength(16);
    const right = answer.results.filter(({ classes }, i) => classes[0]?.index === labels[i]).length;
    expect(right).toBeGreaterThan(9);
    for (const { classes } of answer.results) {
      expect(classes).toHaveLength(3);
      expect(classes[0]!.probability).toBeGreaterThanOrEqual(classes[1]!.probability);
      expect(classes[0]!.name).toBe(`${classes[0]!.index}`);
    }
    const logits = tensorToFloat32(answer.logits!);
    expect(shapeOf(answer.logits!)).toEqual([16, 10]);
    const first = logits.subarray(0, 10);
    const sum = first.reduce((total, value) => total + Math.exp(value), 0);
    const { index, probability } = answer.results[0]!.classes[0]!;
    expect(probability).toBeCloseTo(Math.exp(first[index]!) / sum, 5);

    const { embeddings, modelVersion } = await platform.family.cnn.embed({ model: { name: 'digits' }, input: { $case: 'batch', value: batch } });
    expect(modelVersion).toBe(1n);
    expect(shapeOf(embeddings!)).toEqual([16, 32]);
  });
});
