import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(__dirname, '..', '..');

/** A service process that a suite started. */
export interface RunningService {
  readonly name: string;
  readonly address: string;
  readonly process: ChildProcess;
  /** Everything it has logged, for the message of a failing test. */
  readonly log: string[];
}

/** Below those that Linux gives to whoever asks for any: a connection would take one of them before it is used. */
const [LOWEST_PORT, PORTS] = [15_000, 17_000];

/** A free TCP port on loopback. */
export async function freePort(): Promise<number> {
  const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}

/** Starts services/<name>/dist/main.js and waits for its `listening` log line. */
export async function startService(name: string, env: Record<string, string>, timeoutMs = 60_000): Promise<RunningService> {
  const child = spawn(process.execPath, [join(ROOT, 'services', name, 'dist', 'main.js')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${name} ${why}. Its log:\n${log.slice(-30).join('\n')}`));
    const timer = setTimeout(() => fail(`wasn't listening after ${timeoutMs} ms`), timeoutMs);
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? code} before it listened`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const entry = parse(line);
      if (entry?.msg === 'listening' && entry.address) {
        clearTimeout(timer);
        resolve(entry.address);
      }
    });
  });
  return { name, address, process: child, log };
}

/** SIGTERM, then waits for the end. Gives the exit code; null if a signal ended it. */
export async function stopService(service: RunningService, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (service.process.exitCode !== null || service.process.signalCode !== null) return service.process.exitCode;
  const ended = new Promise<number | null>((resolve) => service.process.once('exit', (code) => resolve(code)));
  service.process.kill(signal);
  return ended;
}

function parse(line: string): { msg?: string; address?: string } | undefined {
  try {
    return JSON.parse(line) as { msg?: string; address?: string };
  } catch {
    return undefined;
  }
}
