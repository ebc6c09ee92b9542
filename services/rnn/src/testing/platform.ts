import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, uploadDataset, waitUntilServing, watchJob, type Input, type QuartetClient } from '@quartet/client';
import { JobState, type Dataset, type DatasetOptions, type Job, type TrainingEvent, type Version } from '@quartet/contracts';
import { freePort, ServiceProcess } from '@quartet/service-kit/dist/platform-testing/processes';

const root = resolve(__dirname, '../../../..');
const mainOf = (service: string): string => join(root, 'services', service, 'dist/main.js');

/** A real registry, RNN service and gateway, with state of their own in a temporary folder. */
export class Platform {
  private constructor(
    private readonly home: string,
    readonly registry: ServiceProcess,
    readonly service: ServiceProcess,
    private readonly gateway: ServiceProcess,
    /** Of the gateway. */
    readonly client: QuartetClient,
  ) {}

  static async start(): Promise<Platform> {
    const home = await mkdtemp(join(tmpdir(), 'quartet-rnn-'));
    const gatewayPort = await freePort();
    const env = {
      QUARTET_HOME: home,
      QUARTET_REGISTRY_PORT: `${await freePort()}`,
      QUARTET_RNN_PORT: `${await freePort()}`,
      QUARTET_GATEWAY_PORT: `${gatewayPort}`,
      QUARTET_MAX_BATCH: '16',
      QUARTET_LEASE_MS: '3000',
    };
    const [registry, service, gateway] = await Promise.all(['registry', 'rnn', 'gateway'].map((name) => ServiceProcess.start(mainOf(name), env)));
    const client = connect({ address: `127.0.0.1:${gatewayPort}` });
    for (const name of ['quartet.rnn.v1.RnnService', 'quartet.dataset.v1.DatasetService']) await waitUntilServing(client, { service: name, timeoutMs: 90_000 });
    return new Platform(home, registry!, service!, gateway!, client);
  }

  async stop(): Promise<void> {
    this.client.close();
    await Promise.all([this.service, this.gateway, this.registry].map((process) => process.end('SIGKILL')));
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async import(name: string, uri: string): Promise<Dataset> {
    for await (const { message } of this.client.datasets.importDataset({ name, uri }, { deadlineMs: 300_000 })) if (message?.$case === 'dataset') return message.value;
    throw new Error(`the import of ${uri} gave no data set`);
  }

  /** Uploads a file's text. */
  upload(name: string, file: string, text: string, options: Input<DatasetOptions>): Promise<Dataset> {
    const bytes = Buffer.from(text);
    return uploadDataset(this.client, name, options, [{ path: file, source: bytes, size: bytes.length }]);
  }

  /** Waits for a job's end. */
  async end(job: Job): Promise<{ job: Job; events: TrainingEvent[] }> {
    const events: TrainingEvent[] = [];
    for await (const event of watchJob(this.client, job.id)) events.push(event);
    return { job: await this.client.training.getJob({ id: job.id }), events };
  }

  /** Waits for a job's success. */
  async version(queued: Job): Promise<Version> {
    const { job } = await this.end(queued);
    if (job.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`job ${JobState[job.state]}: ${job.error}\n${this.service.log.map((line) => JSON.stringify(line)).join('\n')}`);
    return this.client.models.getVersion({ model: { name: job.model, target: { $case: 'version', value: job.version } } });
  }
}
