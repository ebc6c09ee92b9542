import { autoencoder, DatasetFormat, JobState } from '@quartet/contracts';
import { uploadDataset, watchJob, type QuartetClient } from '@quartet/client';
import { Platform } from './testing/platform';

// A training whose process is killed goes on from its last checkpoint, and its weights equal those of one that nobody disturbed.

type Request = Parameters<QuartetClient['autoencoder']['train']>[0];
const { CorruptionKind } = autoencoder;

describe('a training that is killed', () => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await Platform.start();
    await platform.uploadDigits('digits', 400, 50);
    const rows = Array.from({ length: 300 }, (_, row) => `${Math.sin(row)},${Math.cos(row)},${(row * 37) % 11},${row % 2}`);
    const bytes = Buffer.from(['a,b,c,class', ...rows].join('\n'));
    await uploadDataset(platform.client, 'rows', { format: DatasetFormat.DATASET_FORMAT_CSV }, [{ path: 'rows.csv', source: bytes, size: bytes.length }]);
  });
  afterAll(() => platform?.stop());

  /** Kills the job's process after its first checkpoint. @returns the SHA-256 of its weights at last */
  async function killed(request: Request): Promise<{ weights: string; attempts: number }> {
    const job = await platform.client.autoencoder.train(request);
    for await (const { event } of watchJob(platform.client, job.id)) if (event?.$case === 'checkpoint') break;
    const { trainingPid } = await platform.service.line((line) => line['job'] === job.id && line['attempt'] === 1 && line.msg === 'job claimed');
    process.kill(trainingPid as number, 'SIGKILL');
    const events = watchJob(platform.client, job.id);
    while (!(await events.next()).done);
    const ended = await platform.client.training.getJob({ id: job.id });
    expect(JobState[ended.state]).toBe('JOB_STATE_SUCCEEDED');
    const { weightsSha256 } = await platform.client.models.getVersion({ model: { name: ended.model, target: { $case: 'version', value: ended.version } } });
    return { weights: weightsSha256, attempts: ended.attempt };
  }

  it.each<[string, Request]>([
    [
      'images, with noise, dropout and a drawn latent',
      {
        model: 'digits',
        dataset: 'digits',
        spec: { latentSize: 8, architecture: { $case: 'dense', value: { units: [64] } }, corruption: { kind: CorruptionKind.CORRUPTION_KIND_GAUSSIAN, level: 0.3, minLevel: 0.1 }, dropout: 0.2, variational: { warmUpSteps: 100 } },
        options: { epochs: 20, batchSize: 32, seed: 11, checkpointEverySteps: 25 },
      },
    ],
    [
      'rows, with a codebook, masking and contraction',
      {
        model: 'rows',
        dataset: 'rows',
        spec: { latentSize: 2, architecture: { $case: 'dense', value: { units: [16] } }, codebook: { size: 8 }, contraction: 0.01, corruption: { kind: CorruptionKind.CORRUPTION_KIND_MASKING, level: 0.2 } },
        options: { epochs: 60, batchSize: 16, seed: 5, checkpointEverySteps: 25 },
      },
    ],
  ])('of %s', async (_, request) => {
    const { version } = await platform.train(request);
    const { weights, attempts } = await killed(request);
    expect(attempts).toBe(2);
    expect(weights).toBe(version.weightsSha256);
  });
});
