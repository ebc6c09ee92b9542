// One framework with one model in a process of its own, which lives for the whole comparison and is idle while others run.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const KEPT_ERRORS = 16 * 1024;

/**
 * Requests, each answered before the next:
 * - load {file, model, learningRate, beta1, cores} -> {ms, versions, notes}
 * - losses {count} -> {firstMs, losses}: steps that compute as all contenders do, one at a time
 * - steps {count} -> {ms: number[]}: milliseconds of each step, or one mean
 * - memory {} -> {peakBytes}: resident, since the process started
 * - output {} -> {values}: of the first 4 examples, with the initial weights, to which the model is set back
 * - infer {batch, count} -> {ms: number[]}: of each call, from host memory to host memory
 */
export class Contender {
  constructor({ name, title, command, args, env, options = {} }) {
    Object.assign(this, { name, title, options });
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    this.said = '';
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.said = (this.said + text).slice(-KEPT_ERRORS)));
    }
    this.child.stdin.on('error', () => {}); // The end of the process is told below.
    this.replies = createInterface({ input: this.child.stdio[3] })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve(error.message));
      this.child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
  }

  async ask(op, fields = {}) {
    this.child.stdin.write(`${JSON.stringify({ op, ...fields })}\n`);
    const { value, done } = await this.replies.next();
    if (done) throw new Error(`${this.title} ended (${await this.ended}) on ${op}:\n${this.said.trimEnd()}`);
    return JSON.parse(value);
  }

  /** Ends the process at once: it has nothing to save, and Python's own end takes seconds. */
  async close() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
