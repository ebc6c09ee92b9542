import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inRoot } from '../../../tools/setup/paths.mjs';

/** A process in the sandbox that stands for a container. */
export class Container {
  /** Everything it wrote, line by line. */
  lines = [];
  #child;
  #ended;
  #waiting = new Set();

  /** @param root made by root.mjs; `env` settings; `args` the command. */
  constructor({ root, tree, blobs, env = {} }, ...args) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    this.#child = spawn('unshare', ['--mount', inRoot('deploy/test/image/sandbox.sh'), root, tree, blobs, ...variables, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => this.#child.on('close', (code, signal) => resolve(code ?? signal)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        for (const wake of this.#waiting) wake();
      });
    }
  }

  /** Of the process itself: sandbox and commands before it were replaced by it. */
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

/** Runs a command to its end. @returns its exit code and lines. */
export async function runInContainer(image, ...args) {
  const container = new Container(image, ...args);
  return { code: await container.exit(), text: container.lines.join('\n') };
}
