import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that is awaited by what it writes. */
export class Process {
  /** Everything it wrote, line by line. */
  lines = [];
  #child;
  #ended;
  #waiting = new Set();

  /** @param options of node:child_process */
  constructor(command, args, options = {}) {
    this.#child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => this.#child.on('close', (code, signal) => resolve(code ?? signal)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        for (const wake of this.#waiting) wake();
      });
    }
  }

  /** Of the process itself, also where a sandbox and commands before it were replaced by it. */
  get pid() {
    return this.#child.pid;
  }

  /** Awaits a line that matches. @throws with all lines when the process ends first. */
  async line(pattern) {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found) return found;
      const more = new Promise((resolve) => this.#waiting.add(resolve));
      const end = await Promise.race([more.then(() => undefined), this.#ended]);
      if (end !== undefined && !this.lines.some((line) => pattern.test(line))) throw new Error(`ended with ${end} before ${pattern}:\n${this.lines.join('\n')}`);
    }
  }

  /** @returns its exit code. */
  exit = () => this.#ended;

  stop() {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }
}
