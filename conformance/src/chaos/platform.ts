import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type QuartetClient } from '@quartet/client';
import { freePort } from '../platform';
import { SmallDisk } from './disk';
import type { Journal } from './journal';
import { Member } from './member';
import { Stores } from './stores';
import { Valve } from './valve';

/** As short as it takes for many to run out within a minute. */
export const LEASE_MS = 4000;
/** So few that one that isn't given back is missed. */
export const MAX_SESSIONS = 8;

/** A real platform: gateway, registry, two replicas of the CNN service and an RNN service, with stores that can be taken away. */
export class ChaosPlatform {
  readonly members: Member[] = [];
  /** Stores that are away now, or were a moment ago. */
  #away = 0;

  private constructor(
    readonly home: string,
    readonly journal: Journal,
    readonly stores: Stores | undefined,
    readonly disk: SmallDisk | undefined,
    readonly gatewayPort: number,
    /** Between the gateway and those of its clients that vanish. */
    readonly clients: Valve,
  ) {}

  /** @param stores server: PostgreSQL and S3; embedded: PGlite and a folder. */
  static async start(journal: Journal, stores: 'server' | 'embedded'): Promise<ChaosPlatform> {
    const home = mkdtempSync(join(tmpdir(), 'quartet-chaos-'));
    const disk = SmallDisk.at(home);
    if (!disk) journal.note('left out', 'disk', { why: 'this user may mount no file system, so none can be filled' });
    const gatewayPort = await freePort();
    const platform = new ChaosPlatform(home, journal, stores === 'server' ? await Stores.start() : undefined, disk, gatewayPort, await Valve.before('127.0.0.1', gatewayPort));
    try {
      await platform.#startMembers();
      return platform;
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  async #startMembers(): Promise<void> {
    const [registry, rnn, ...cnn] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const shared = {
      QUARTET_HOME: this.home,
      QUARTET_CACHE: join(this.home, 'cache'),
      QUARTET_REGISTRY_PORT: `${registry}`,
      QUARTET_GATEWAY_PORT: `${this.gatewayPort}`,
      QUARTET_RNN_PORT: `${rnn}`,
      QUARTET_CNN_ADDRESS: `ipv4:${cnn.map((port) => `127.0.0.1:${port}`).join(',')}`,
      QUARTET_LEASE_MS: `${LEASE_MS}`,
      QUARTET_RNN_MAX_SESSIONS: `${MAX_SESSIONS}`,
      QUARTET_ENGINE_THREADS: '1',
      QUARTET_MAX_BATCH: '16',
      // A peer that is frozen is noticed within seconds.
      QUARTET_KEEPALIVE_MS: '5000',
      ...this.stores?.env,
    };
    const member = (name: string, service: string, env: Record<string, string> = {}): Member => {
      const made = new Member(name, service, { ...shared, ...env }, this.journal, () => this.#away > 0);
      this.members.push(made);
      return made;
    };
    const made = [member('registry', 'registry'), member('gateway', 'gateway'), member('rnn', 'rnn')];
    // Each replica has a home of its own, as it has on a machine of its own; that of the first can be filled.
    cnn.forEach((port, at) => {
      const home = join(this.home, `cnn-${at + 1}`);
      mkdirSync(home);
      const blobs: Record<string, string> = this.stores ? {} : { QUARTET_BLOB_URL: `file://${join(this.home, 'blobs')}` };
      made.push(member(`cnn-${at + 1}`, 'cnn', { QUARTET_HOME: home, QUARTET_CNN_PORT: `${port}`, ...blobs }));
    });
    await Promise.all(made.map((one) => one.start()));
  }

  member(name: string): Member {
    const found = this.members.find((one) => one.name === name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  }

  /** While `work` runs, and some seconds longer, a process may fail to start. */
  async whileAway(work: () => Promise<void>): Promise<void> {
    this.#away += 1;
    try {
      await work();
    } finally {
      setTimeout(() => (this.#away -= 1), 10_000).unref();
    }
  }

  /** @param vanishing By way of a connection that is cut now and then. */
  client(vanishing = false): QuartetClient {
    return connect({ address: `127.0.0.1:${vanishing ? this.clients.port : this.gatewayPort}`, defaultDeadlineMs: 10_000 });
  }

  /** Ends everything. @returns processes that stayed behind */
  async stop(): Promise<string[]> {
    await Promise.all(this.members.map((one) => one.end('SIGTERM')));
    const left = this.#leftBehind();
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    await this.clients.close();
    await this.stores?.stop();
    this.disk?.unmount();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    return left.map(({ command }) => command);
  }

  /** Processes that have this run's home and still live. */
  #leftBehind(): { pid: number; command: string }[] {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (pid === process.pid || !environment.includes(`QUARTET_HOME=${this.home}`)) return [];
        return [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        return []; // Gone, or someone else's.
      }
    });
  }
}
