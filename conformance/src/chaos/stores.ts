import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../platform';
import { Valve } from './valve';

const ENVIRONMENT = join(__dirname, '../../../node_modules/.cache/quartet/test-env.json');
const READY_MS = 60_000;
const BUCKET = 'quartet-chaos';

/** PostgreSQL refuses to run as root; `nobody` is there on every Debian. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A PostgreSQL server and an S3 store (moto's) of a run, which can be stopped and started, or cut off. */
export class Stores {
  #postgres: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly bin: string,
    readonly port: number,
    readonly s3: ChildProcess,
    readonly blobs: Valve,
  ) {}

  static async start(): Promise<Stores> {
    const { postgresBin, pythonBin } = JSON.parse(readFileSync(ENVIRONMENT, 'utf8')) as { postgresBin: string; pythonBin: string };
    const folder = mkdtempSync(join(tmpdir(), 'quartet-chaos-stores-'));
    if (unprivileged.uid) chownSync(folder, unprivileged.uid, unprivileged.gid);
    const made = spawnSync(join(postgresBin, 'initdb'), ['-D', join(folder, 'data'), '-U', 'quartet', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], { ...unprivileged, cwd: folder, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
    const s3Port = await freePort();
    const s3 = spawn(join(pythonBin, 'moto_server'), ['-H', '127.0.0.1', '-p', `${s3Port}`], { stdio: 'ignore' });
    const stores = new Stores(folder, postgresBin, await freePort(), s3, await Valve.before('127.0.0.1', s3Port));
    try {
      await Promise.all([stores.startDatabase(), stores.#makeBucket(s3Port)]);
    } catch (error) {
      await stores.stop();
      throw error;
    }
    return stores;
  }

  get env(): Record<string, string> {
    return {
      QUARTET_DATABASE_URL: `postgres://quartet@127.0.0.1:${this.port}/postgres`,
      QUARTET_BLOB_URL: `s3://${BUCKET}?endpoint=${encodeURIComponent(`http://127.0.0.1:${this.blobs.port}`)}`,
      // moto takes any; the SDK wants some.
      AWS_ACCESS_KEY_ID: 'chaos',
      AWS_SECRET_ACCESS_KEY: 'chaos',
    };
  }

  async startDatabase(): Promise<void> {
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${this.folder}`, 'fsync=off'].flatMap((setting) => ['-c', setting]);
    this.#postgres = spawn(join(this.bin, 'postgres'), ['-D', join(this.folder, 'data'), '-p', `${this.port}`, ...settings], { ...unprivileged, cwd: this.folder, stdio: 'ignore' });
    await until('PostgreSQL takes connections', () => answers(this.port));
  }

  /** @param signal SIGINT ends every session and stops; SIGQUIT crashes, and the next start recovers. */
  async stopDatabase(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    await ended(this.#postgres, signal);
    this.#postgres = undefined;
  }

  async stop(): Promise<void> {
    await this.blobs.close();
    await Promise.all([ended(this.#postgres, 'SIGQUIT'), ended(this.s3, 'SIGKILL')]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #makeBucket(port: number): Promise<void> {
    await until('the S3 store makes a bucket', async () => {
      const made = await fetch(`http://127.0.0.1:${port}/${BUCKET}`, { method: 'PUT' }).catch(() => undefined);
      return made?.ok === true;
    });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !(await holds()); await sleep(50)) {
    if (Date.now() - start > READY_MS) throw new Error(`after ${READY_MS} ms it still isn't so that ${what}`);
  }
}

function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
