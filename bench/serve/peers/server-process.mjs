// A server in a process group of its own, so that all that it starts ends with it; its memory and processor time as Linux counts them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

const KEPT_BYTES = 8 * 1024;
const GRACE_MS = 15_000;
const TICKS_PER_SECOND = 100;

const running = new Set();
// Whatever ends this process, the servers don't stay behind.
process.on('exit', () => running.forEach((each) => each.signal('SIGKILL')));

export class ServerProcess {
  /** The last it said, on both streams. */
  said = '';

  constructor(title, command, args, { env = {}, cwd } = {}) {
    this.title = title;
    this.startedAt = performance.now();
    this.child = spawn(command, args, { env: { ...process.env, ...env }, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.setEncoding('utf8').on('data', (text) => (this.said = (this.said + text).slice(-KEPT_BYTES)));
    this.ended = once(this.child, 'exit').catch((error) => (this.said += error.message));
    running.add(this);
  }

  get hasEnded() {
    return this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** @returns `{ rssMib, pssMib }` of the process and all that descend from it; in pssMib pages that several processes have count once. */
  memory() {
    const rollups = treeOf(this.child.pid).map((pid) => read(`/proc/${pid}/smaps_rollup`));
    const mib = (name) => rollups.reduce((sum, rollup) => sum + Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0), 0) / 1024;
    return { rssMib: mib('Rss'), pssMib: mib('Pss') };
  }

  /** Processor seconds of them all. */
  cpuSeconds() {
    // utime, stime, and both of children that have ended.
    return treeOf(this.child.pid).reduce((sum, pid) => statOf(pid).slice(11, 15).reduce((ticks, each) => ticks + Number(each), 0) / TICKS_PER_SECOND + sum, 0);
  }

  signal(name) {
    try {
      process.kill(-this.child.pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }

  /** Asks it to end, and sees to it that its whole group has. */
  async end() {
    if (!this.hasEnded) {
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.signal('SIGKILL'), GRACE_MS);
      await this.ended;
      clearTimeout(timer);
    }
    if (this.child.pid !== undefined) this.signal('SIGKILL');
    running.delete(this);
  }
}

function treeOf(root) {
  const children = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = Number(statOf(pid)[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Fields of /proc/PID/stat from the third on (state, parent, ...): the second is a name, which may have spaces. */
const statOf = (pid) => read(`/proc/${pid}/stat`).replace(/^.*\) /s, '').split(' ');

/** A process may end while it is looked at. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
