import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Line = Record<string, unknown> & { msg?: string };

/** A child process of one of the mains beside this file, with what it has logged so far. */
export class Child {
  readonly lines: Line[] = [];
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();

  constructor(main: string, args: string[] = [], env: Record<string, string> = {}) {
    const script = main.startsWith('/') ? main : join(__dirname, main);
    this.child = spawn(process.execPath, [script, ...args], {
      env: { PATH: process.env['PATH'], QUARTET_CNN_PORT: '0', QUARTET_GATEWAY_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'close').then(([code]) => code as number | null);
    for (const output of [this.child.stdout!, this.child.stderr!]) {
      createInterface(output).on('line', (text) => {
        this.lines.push(text.startsWith('{') ? (JSON.parse(text) as Line) : { text });
        for (const wake of this.waiting) wake();
      });
    }
    void this.exited.then(() => this.waiting.forEach((wake) => wake()));
  }

  /** The first line of which that is true. */
  async line(holds: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(holds);
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`it exited with ${this.child.exitCode} after: ${JSON.stringify(this.lines)}`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  async address(): Promise<string> {
    return (await this.line(({ msg }) => msg === 'listening'))['address'] as string;
  }

  get pid(): number {
    return this.child.pid!;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
