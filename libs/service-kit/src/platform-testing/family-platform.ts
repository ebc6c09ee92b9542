import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, waitUntilServing, watchJob, type QuartetClient } from '@quartet/client';
import { JobState, type Job, type TrainingEvent, type Version } from '@quartet/contracts';
import { freePort, ServiceProcess } from './processes';

const services = resolve(__dirname, '../../../../services');

export interface FamilyPlatformOptions {
  /** Of the folder under services/: `gan`. */
  family: string;
  /** Of its typed service: `quartet.gan.v1.GanService`. */
  service: string;
  /** Limit of the wait for each service behind the gateway. */
  timeoutMs: number;
  /** Settings beside the usual ones. */
  extra: Record<string, string>;
}

/** A real registry, a real service of one family and a real gateway, with state of their own in a temporary folder. */
export class FamilyPlatform {
  protected constructor(
    readonly home: string,
    readonly registry: ServiceProcess,
    readonly service: ServiceProcess,
    readonly gateway: ServiceProcess,
    /** Of the gateway: all services. */
    readonly client: QuartetClient,
  ) {}

  /** @returns The arguments of the constructor. */
  protected static async launch({ family, service, timeoutMs, extra }: FamilyPlatformOptions): Promise<[string, ServiceProcess, ServiceProcess, ServiceProcess, QuartetClient]> {
    const home = await mkdtemp(join(tmpdir(), `quartet-${family}-`));
    const gatewayPort = await freePort();
    const env = {
      QUARTET_HOME: home,
      QUARTET_CACHE: join(home, 'cache'),
      QUARTET_REGISTRY_PORT: `${await freePort()}`,
      [`QUARTET_${family.toUpperCase()}_PORT`]: `${await freePort()}`,
      QUARTET_GATEWAY_PORT: `${gatewayPort}`,
      QUARTET_LEASE_MS: '3000',
      QUARTET_MAX_BATCH: '16',
      ...extra,
    };
    const start = (name: string): Promise<ServiceProcess> => ServiceProcess.start(join(services, name, 'dist/main.js'), env);
    const [registry, own, gateway] = await Promise.all([start('registry'), start(family), start('gateway')]);
    const client = connect({ address: `127.0.0.1:${gatewayPort}` });
    for (const name of ['quartet.dataset.v1.DatasetService', service]) await waitUntilServing(client, { service: name, timeoutMs });
    return [home, registry, own, gateway, client];
  }

  async stop(): Promise<void> {
    this.client.close();
    await Promise.all([this.gateway.end('SIGKILL'), this.service.end('SIGKILL'), this.registry.end('SIGKILL')]);
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Waits for a job's success. @returns its events, and the version */
  protected async finished(job: Job): Promise<{ events: TrainingEvent[]; version: Version }> {
    const events: TrainingEvent[] = [];
    for await (const event of watchJob(this.client, job.id)) events.push(event);
    const ended = await this.client.training.getJob({ id: job.id });
    if (ended.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`job ${JobState[ended.state]}: ${ended.error}\n${this.service.log.map((l) => JSON.stringify(l)).join('\n')}`);
    const version = await this.client.models.getVersion({ model: { name: ended.model, target: { $case: 'version', value: ended.version } } });
    return { events, version };
  }
}
