import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** One JSON line of a process's log. */
export type LogLine = { msg: string; service?: string; pid?: number } & Record<string, unknown>;

const START_MS = 90_000;

/** A process of the platform that a test starts, kills and reads the log of. */
export class ServiceProcess {
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  readonly #ended: Promise<unknown>;

  private constructor(script: string, args: string[], env: Record<string, string>) {
    this.#child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        this.log.push(parse(line));
        // For whoever looks into a failure: all logs of all processes in one file.
        if (process.env['QUARTET_TEST_LOG']) appendFileSync(process.env['QUARTET_TEST_LOG'], `${line}\n`);
        for (const wake of [...this.#waiting]) wake();
      });
    }
  }

  /** Starts a script, without waiting for anything. */
  static spawn(script: string, args: string[], env: Record<string, string>): ServiceProcess {
    return new ServiceProcess(script, args, env);
  }

  /** Starts a service and waits for its `listening` line. */
  static async start(script: string, env: Record<string, string>): Promise<ServiceProcess> {
    const started = new ServiceProcess(script, [], env);
    await started.line(({ msg }) => msg === 'listening', START_MS);
    return started;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Waits for a line of the log, past ones included. */
  async line(matches: (line: LogLine) => boolean, limitMs = 60_000): Promise<LogLine> {
    const until = Date.now() + limitMs;
    for (;;) {
      const found = this.log.find(matches);
      if (found) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || Date.now() > until) {
        throw new Error(`the line never came (exit ${this.#child.exitCode}); the log:\n${this.log.map((l) => JSON.stringify(l)).join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, 200);
        this.#waiting.add(wake);
      });
    }
  }

  /** Sends a signal and waits for the end. @returns the exit code, or the signal that ended it */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.#child.kill(signal);
    return this.exit();
  }

  async exit(): Promise<number | NodeJS.Signals | null> {
    await this.#ended;
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}

/** Below those that Linux gives to whoever asks for any: a connection or a server of this very test would take one of them before it is used. */
const [LOWEST_PORT, PORTS] = [15_000, 17_000];

/** A port that nothing listens on, so that a service can come back where it was. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    const server = createServer().listen(port, '127.0.0.1');
    // Taken: another one.
    if (!(await once(server, 'listening').then(() => true, () => false))) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
