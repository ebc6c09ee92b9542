import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect, type QuartetClient } from '@quartet/client';

const MAIN = join(__dirname, '../../dist/main.js');
const STARTS_WITHIN_MS = 50_000;

/** A registry as it runs in the field: the built main in a process of its own, and a client of it. */
export interface RegistryProcess {
  client: QuartetClient;
  address: string;
  home: string;
  /** Lines of the log so far. */
  log: Record<string, unknown>[];
  child: ChildProcess;
  /** Sends a signal and resolves with the exit code (null: killed) when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** An empty QUARTET_HOME with the files of a new database, which takes some seconds to make. */
export async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'quartet-registry-'));
  await mkdir(join(home, 'registry', 'db'), { recursive: true });
  await cp(process.env['QUARTET_TEST_PGLITE']!, join(home, 'registry', 'db', 'pg'), { recursive: true });
  return home;
}

const children = new Set<ChildProcess>();

/** Ends every registry that this test file started, those included that never came up. */
export async function killAll(): Promise<void> {
  await Promise.all([...children].map((child) => new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGKILL'))));
}

export const removeHome = (home: string): Promise<void> => rm(home, { recursive: true, force: true });

export async function startRegistryProcess(home: string, env: Record<string, string> = {}): Promise<RegistryProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, QUARTET_HOME: home, QUARTET_REGISTRY_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const log: Record<string, unknown>[] = [];
  const lines = createInterface(child.stdout);
  const address = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the registry isn't up after ${STARTS_WITHIN_MS} ms`));
    }, STARTS_WITHIN_MS);
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      log.push(entry);
      if (entry['msg'] === 'listening') {
        clearTimeout(late);
        resolve(entry['address'] as string);
      }
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`the registry ended at its start with code ${code}: ${JSON.stringify(log.at(-1))}`));
    });
  });
  const client = connect({ address });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    const code = await exited;
    client.close();
    return code;
  };
  return { client, address, home, log, child, stop };
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
