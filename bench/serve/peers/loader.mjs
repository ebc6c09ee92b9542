// load.py, in a process of its own that lives for the whole run.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('load.py', import.meta.url));

export class Loader {
  constructor(python, referenceFile, model) {
    this.child = spawn(python, [script, referenceFile, model], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.said = '';
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.said = (this.said + text).slice(-4096)));
    // It may be waiting for a server when this process is ended.
    process.on('exit', () => this.child.kill('SIGKILL'));
    this.child.stdin.on('error', () => {}); // The end of the process is told below.
    this.replies = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** @returns what load.py answers. @throws Error with what it said, when it ended instead */
  async ask(op, fields) {
    this.child.stdin.write(`${JSON.stringify({ op, ...fields })}\n`);
    const { value, done } = await this.replies.next();
    if (done) throw new Error(`the load generator ended on ${op} ${JSON.stringify(fields)}:\n${this.said.trimEnd()}`);
    return JSON.parse(value);
  }

  close() {
    this.child.stdin.end();
    this.child.kill('SIGTERM');
  }
}
