import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, uploadDataset, waitUntilServing, watchJob, type QuartetClient } from '@quartet/client';
import { DatasetFormat, JobState, type TrainingEvent, type Version } from '@quartet/contracts';
import { freePort, ServiceProcess } from '@quartet/service-kit/dist/platform-testing/processes';
import { idxFiles, mnist, type Digits } from '@quartet/service-kit/dist/platform-testing/digits';

const root = resolve(__dirname, '../../../..');
const scripts = {
  registry: join(root, 'services/registry/dist/main.js'),
  autoencoder: join(root, 'services/autoencoder/dist/main.js'),
  gateway: join(root, 'services/gateway/dist/main.js'),
};

/** A real registry, a real autoencoder service and a real gateway, with state of their own in a temporary folder. */
export class Platform {
  registry!: ServiceProcess;
  service!: ServiceProcess;
  gateway!: ServiceProcess;
  /** Of the gateway: all services. */
  readonly client: QuartetClient;

  private constructor(
    readonly home: string,
    readonly env: Record<string, string>,
  ) {
    this.client = connect({ address: `127.0.0.1:${env['QUARTET_GATEWAY_PORT']}` });
  }

  static async start(extra: Record<string, string> = {}): Promise<Platform> {
    const home = await mkdtemp(join(tmpdir(), 'quartet-autoencoder-'));
    const platform = new Platform(home, {
      QUARTET_HOME: home,
      QUARTET_CACHE: join(home, 'cache'),
      QUARTET_REGISTRY_PORT: `${await freePort()}`,
      QUARTET_AUTOENCODER_PORT: `${await freePort()}`,
      QUARTET_GATEWAY_PORT: `${await freePort()}`,
      QUARTET_LEASE_MS: '3000',
      QUARTET_MAX_BATCH: '16',
      ...extra,
    });
    const start = (name: keyof typeof scripts) => ServiceProcess.start(scripts[name], platform.env);
    [platform.registry, platform.service, platform.gateway] = await Promise.all([start('registry'), start('autoencoder'), start('gateway')]);
    for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.autoencoder.v1.AutoencoderService']) await waitUntilServing(platform.client, { service, timeoutMs: 240_000 });
    return platform;
  }

  async stop(): Promise<void> {
    this.client.close();
    await Promise.all([this.gateway.end('SIGKILL'), this.service.end('SIGKILL'), this.registry.end('SIGKILL')]);
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Uploads the first digits of MNIST as a data set. @param change What becomes of them before. */
  async uploadDigits(name: string, train: number, test: number, change = (digits: Digits): Digits => digits): Promise<void> {
    const files = [...idxFiles('train', change(await mnist('train', train))), ...idxFiles('t10k', change(await mnist('t10k', test)))];
    await uploadDataset(this.client, name, { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.2 }, files);
  }

  /** Trains to the end. @returns the job's events, and the version */
  async train(request: Parameters<QuartetClient['autoencoder']['train']>[0]): Promise<{ events: TrainingEvent[]; version: Version }> {
    const job = await this.client.autoencoder.train(request);
    const events: TrainingEvent[] = [];
    for await (const event of watchJob(this.client, job.id)) events.push(event);
    const ended = await this.client.training.getJob({ id: job.id });
    if (ended.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`job ${JobState[ended.state]}: ${ended.error}\n${this.service.log.map((l) => JSON.stringify(l)).join('\n')}`);
    const version = await this.client.models.getVersion({ model: { name: ended.model, target: { $case: 'version', value: ended.version } } });
    return { events, version };
  }
}
