import { readdirSync, readFileSync } from 'node:fs';
import { startService, type RunningService } from '../platform';
import type { Journal } from './journal';

const START_MS = 180_000;
/** A process that can't start, for a store that is away, is started again, as Kubernetes does. */
const AGAIN_MS = 250;

/** What a process takes, as Linux counts it. */
export interface Resources {
  readonly residentMib: number;
  readonly openFiles: number;
  readonly threads: number;
}

/** One of the platform's processes, which is ended and started again; every end of it is known and has a reason. */
export class Member {
  #service: RunningService | undefined;
  #inflicted: NodeJS.Signals | undefined;
  /** What is done to it, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  readonly lines: string[] = [];

  constructor(
    /** `cnn-1` */
    readonly name: string,
    /** Of the folder under services/: `cnn`. */
    readonly service: string,
    readonly env: Record<string, string>,
    readonly journal: Journal,
    /** Whether a failed start is to be expected now. */
    readonly mayFailToStart: () => boolean,
  ) {}

  get pid(): number {
    return this.#service?.process.pid ?? 0;
  }

  get running(): boolean {
    return this.#service !== undefined;
  }

  /** Waits for what is being done to it, then does `work`. */
  async inTurn(work: () => Promise<void>): Promise<void> {
    const before = this.#turn;
    const mine = before.then(work);
    this.#turn = mine.catch(() => undefined);
    await mine;
  }

  async start(): Promise<void> {
    for (;;) {
      try {
        this.#inflicted = undefined;
        const service = await startService(this.service, this.env, START_MS);
        this.#service = service;
        service.process.once('exit', (code, signal) => this.#ended(code, signal));
        this.journal.note('started', this.name, { pid: service.process.pid });
        return;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (!this.mayFailToStart() || !/ended with 1 before/.test(message)) throw error;
        this.journal.note('failed to start', this.name, { message: message.slice(-400) });
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** Ends it and waits for that. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = this.#service;
    if (!running) return;
    this.#inflicted = signal;
    const ended = new Promise<void>((resolve) => running.process.once('exit', () => resolve()));
    running.process.kill(signal);
    await ended;
  }

  freeze(): void {
    this.#service?.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#service?.process.kill('SIGCONT');
  }

  /** Lines of its log so far, those of its former lives included. */
  get log(): string[] {
    return this.#service ? [...this.lines, ...this.#service.log] : this.lines;
  }

  /** Its training processes that run now. */
  trainings(): number[] {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => isTrainingOf(this.pid, pid));
  }

  /** @returns undefined if it doesn't run */
  resources(): Resources | undefined {
    if (!this.#service) return undefined;
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return { residentMib: Math.round(number('VmRSS') / 1024), openFiles: readdirSync(`/proc/${this.pid}/fd`).length, threads: number('Threads') };
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.lines.push(...(this.#service?.log ?? []));
    this.#service = undefined;
    const how = signal ?? `exit code ${code}`;
    this.journal.note('ended', this.name, { how });
    // A drain ends with 0, by itself.
    if (this.#inflicted === 'SIGKILL' ? signal === 'SIGKILL' : this.#inflicted === 'SIGTERM' && code === 0) return;
    // An orchestrator would start it again; so does this, to see what else there is.
    void this.inTurn(() => (this.#service ? Promise.resolve() : this.start())).catch(() => undefined);
    this.journal.find(`${this.name} ended by itself with ${how}: ${this.lines.slice(-3).join(' | ').slice(-600)}`);
  }
}

function isTrainingOf(parent: number, pid: number): boolean {
  try {
    // Its name, in brackets, may hold anything; the parent comes two fields later.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return ppid === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('training-process.js');
  } catch {
    return false; // It has ended meanwhile.
  }
}
