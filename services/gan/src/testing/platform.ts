import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, uploadDataset, waitUntilServing, watchJob, type QuartetClient } from '@quartet/client';
import { DatasetFormat, JobState, type TrainingEvent, type Version } from '@quartet/contracts';
import { freePort, ServiceProcess } from '@quartet/service-kit/dist/platform-testing/processes';
import { idxFiles, mnist, shrunk, type Digits } from '@quartet/service-kit/dist/platform-testing/digits';

const root = resolve(__dirname, '../../../..');
const scripts = {
  registry: join(root, 'services/registry/dist/main.js'),
  gan: join(root, 'services/gan/dist/main.js'),
  gateway: join(root, 'services/gateway/dist/main.js'),
};

/** A real registry, a real GAN service and a real gateway, with state of their own in a temporary folder. */
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
    const home = await mkdtemp(join(tmpdir(), 'quartet-gan-'));
    const platform = new Platform(home, {
      QUARTET_HOME: home,
      QUARTET_CACHE: join(home, 'cache'),
      QUARTET_REGISTRY_PORT: `${await freePort()}`,
      QUARTET_GAN_PORT: `${await freePort()}`,
      QUARTET_GATEWAY_PORT: `${await freePort()}`,
      QUARTET_LEASE_MS: '3000',
      QUARTET_MAX_BATCH: '16',
      ...extra,
    });
    const start = (name: keyof typeof scripts) => ServiceProcess.start(scripts[name], platform.env);
    [platform.registry, platform.service, platform.gateway] = await Promise.all([start('registry'), start('gan'), start('gateway')]);
    for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.gan.v1.GanService']) await waitUntilServing(platform.client, { service, timeoutMs: 90_000 });
    return platform;
  }

  async stop(): Promise<void> {
    this.client.close();
    await Promise.all([this.gateway.end('SIGKILL'), this.service.end('SIGKILL'), this.registry.end('SIGKILL')]);
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Uploads digits of 7 x 7 pixels, the first ones of MNIST, as a data set. @param change What becomes of them before. */
  async uploadDigits(name: string, train: number, test: number, change = (digits: Digits): Digits => digits): Promise<void> {
    const small = async (part: 'train' | 't10k', count: number) => change(shrunk(await mnist(part, count)));
    const files = [...idxFiles('train', await small('train', train)), ...idxFiles('t10k', await small('t10k', test))];
    await uploadDataset(this.client, name, { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.2 }, files);
  }

  /** Uploads a table of two columns around two places, by class. */
  async uploadPoints(name: string, rows: number): Promise<void> {
    // Lehmer's generator; the sum of three uniform numbers is normal enough.
    let state = 1;
    const unit = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const near = (centre: number): string => (centre + unit() + unit() + unit() - 1.5).toFixed(4);
    const lines = Array.from({ length: rows }, (_, at) => (at % 2 === 0 ? `${near(10)},${near(-3)},left` : `${near(20)},${near(3)},right`));
    const bytes = Buffer.from(`a,b,side\n${lines.join('\n')}\n`);
    await uploadDataset(this.client, name, { format: DatasetFormat.DATASET_FORMAT_CSV, validationShare: 0.2 }, [{ path: 'points.csv', source: bytes, size: bytes.length }]);
  }

  /** Trains to the end. @returns the job's events, and the version */
  async train(request: Parameters<QuartetClient['gan']['train']>[0]): Promise<{ events: TrainingEvent[]; version: Version }> {
    const job = await this.client.gan.train(request);
    const events: TrainingEvent[] = [];
    for await (const event of watchJob(this.client, job.id)) events.push(event);
    const ended = await this.client.training.getJob({ id: job.id });
    if (ended.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`job ${JobState[ended.state]}: ${ended.error}\n${this.service.log.map((l) => JSON.stringify(l)).join('\n')}`);
    const version = await this.client.models.getVersion({ model: { name: ended.model, target: { $case: 'version', value: ended.version } } });
    return { events, version };
  }
}
