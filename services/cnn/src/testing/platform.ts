import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, uploadDataset, waitUntilServing, watchJob, type QuartetClient } from '@quartet/client';
import { DatasetFormat, JobState, type Job, type TrainingEvent } from '@quartet/contracts';
import { freePort, ServiceProcess } from '@quartet/service-kit/dist/platform-testing/processes';
import { idxFiles, mnist } from '@quartet/service-kit/dist/platform-testing/digits';

const root = resolve(__dirname, '../../../..');
const scripts = {
  registry: join(root, 'services/registry/dist/main.js'),
  cnn: join(root, 'services/cnn/dist/main.js'),
  training: join(root, 'libs/service-kit/dist/family/training-process.js'),
  trainer: join(root, 'services/cnn/dist/trainer.js'),
};

/** A real registry and a real CNN service, with state of their own in a temporary folder. */
export class Platform {
  registry!: ServiceProcess;
  service!: ServiceProcess;
  /** Of the registry: data sets, models, jobs. */
  readonly control: QuartetClient;
  /** Of the CNN service. */
  readonly family: QuartetClient;

  private constructor(
    readonly home: string,
    readonly env: Record<string, string>,
  ) {
    this.control = connect({ address: `127.0.0.1:${env['QUARTET_REGISTRY_PORT']}` });
    this.family = connect({ address: `127.0.0.1:${env['QUARTET_CNN_PORT']}` });
  }

  static async start(extra: Record<string, string> = {}): Promise<Platform> {
    const home = await mkdtemp(join(tmpdir(), 'quartet-cnn-'));
    const platform = new Platform(home, {
      QUARTET_HOME: home,
      QUARTET_CACHE: join(home, 'cache'),
      QUARTET_REGISTRY_PORT: `${await freePort()}`,
      QUARTET_CNN_PORT: `${await freePort()}`,
      QUARTET_LEASE_MS: '3000',
      QUARTET_MAX_BATCH: '16',
      ...extra,
    });
    await Promise.all([platform.startRegistry(), platform.startService()]);
    return platform;
  }

  async startRegistry(): Promise<void> {
    this.registry = await ServiceProcess.start(scripts.registry, this.env);
  }

  async startService(extra: Record<string, string> = {}): Promise<void> {
    this.service = await ServiceProcess.start(scripts.cnn, { ...this.env, ...extra });
    await waitUntilServing(this.family, { timeoutMs: 90_000 });
  }

  /** A training process without a service, as in a Kubernetes Job. */
  startTrainingProcess(): ServiceProcess {
    return ServiceProcess.spawn(scripts.training, [scripts.trainer], this.env);
  }

  async stop(): Promise<void> {
    this.control.close();
    this.family.close();
    await Promise.all([this.service.end('SIGKILL'), this.registry.end('SIGKILL')]);
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Uploads the first digits of MNIST as a data set. */
  async uploadDigits(name: string, train: number, test: number): Promise<void> {
    const files = [...idxFiles('train', await mnist('train', train)), ...idxFiles('t10k', await mnist('t10k', test))];
    await uploadDataset(this.control, name, { format: DatasetFormat.DATASET_FORMAT_IDX }, files);
  }

  train(request: Parameters<QuartetClient['cnn']['train']>[0]): Promise<Job> {
    return this.family.cnn.train(request);
  }

  /** All events of a job, until it has ended. */
  async events(id: string): Promise<TrainingEvent[]> {
    const events: TrainingEvent[] = [];
    for await (const event of watchJob(this.control, id)) events.push(event);
    return events;
  }

  /** Waits for an event of a job. */
  async event(id: string, matches: (event: NonNullable<TrainingEvent['event']>) => boolean): Promise<void> {
    for await (const { event } of watchJob(this.control, id)) if (event && matches(event)) return;
    throw new Error(`the event of job ${id} never came`);
  }

  /** Waits for a job's success. @returns the SHA-256 of its weights */
  async weightsOf(job: Job): Promise<string> {
    await this.events(job.id);
    const ended = await this.control.training.getJob({ id: job.id });
    if (ended.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`job ${JobState[ended.state]}: ${ended.error}\n${this.service.log.map((l) => JSON.stringify(l)).join('\n')}`);
    const version = await this.control.models.getVersion({ model: { name: ended.model, target: { $case: 'version', value: ended.version } } });
    return version.weightsSha256;
  }
}

/** A network so small that a step takes milliseconds. */
export const tinySpec = {
  layers: [
    { layer: { $case: 'conv2d' as const, value: { filters: 8 } } },
    { layer: { $case: 'maxPool2d' as const, value: { size: 4 } } },
    { layer: { $case: 'flatten' as const, value: {} } },
    { layer: { $case: 'dense' as const, value: { units: 32 } } },
    { layer: { $case: 'dropout' as const, value: { rate: 0.2 } } },
  ],
};
