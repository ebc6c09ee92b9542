// What the reliability benchmarks share: a platform with one model, the load generator, and the way results are told.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../train/machine.mjs';
import { Platform } from '../serve/peers/platform.mjs';

const require = createRequire(import.meta.url);
export const { connect, watchJob } = require('@quartet/client');
export const { cnn, JobState } = require('@quartet/contracts');
const READY_MS = 120_000;
export const MODEL = 'digits';

export const say = (text) => process.stderr.write(`${process.uptime().toFixed(0).padStart(5)} s  ${text}\n`);
export const number = (fallback) => ({ type: 'string', default: `${fallback}` });

function presetOf(name) {
  const found = cnn.Preset[`PRESET_${name.toUpperCase()}`];
  if (found !== undefined) return found;
  const names = Object.keys(cnn.Preset).filter((key) => /^PRESET_/.test(key)).map((key) => key.slice('PRESET_'.length).toLowerCase());
  throw new Error(`--preset is ${name}; it takes ${names.join(', ')}`);
}

/** Registry, CNN service and gateway with a CNN for digits, and the load generator. */
export class Bench {
  /** @param preset Of the network, such as residual, with its depth and width; default: the small one that the CNN service makes by itself. @param digits To train it on @param nodeOptions Of the processes */
  static async start({ images, preset = 'unspecified', depth = 0, width = 0, digits, nodeOptions }) {
    const folder = mkdtempSync(join(tmpdir(), 'quartet-bench-reliability-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
    say('training the model');
    const platform = await Platform.inFolder(join(folder, 'quartet'), MODEL, { spec: cnn.CnnSpec.fromPartial({ preset: presetOf(preset), depth, width }), digits });
    await platform.prepare();
    if (nodeOptions) platform.env.NODE_OPTIONS = nodeOptions;
    const bench = new Bench();
    bench.processes = Object.fromEntries(['registry', 'cnn', 'gateway'].map((name) => [name, platform.start(name)]));
    bench.address = `127.0.0.1:${platform.ports.gateway}`;
    bench.client = connect({ address: bench.address });
    bench.load = new LoadClient();
    await bench.load.ask('ready', { address: bench.address, model: MODEL, images, limitMs: READY_MS });
    await bench.load.ask('closed', { callers: 8, seconds: 2, deadlineMs: 10_000 });
    return bench;
  }

  /** Requests a second that are answered when there is always one that waits, the median of some tries. */
  async capacity({ seconds, callers, tries = 3 }) {
    const found = [];
    for (let at = 0; at < tries; at += 1) {
      const { ok, seconds: took } = await this.load.ask('closed', { callers, seconds, deadlineMs: 10_000 });
      found.push(ok / took);
    }
    return found.sort((a, b) => a - b)[Math.floor(tries / 2)];
  }

  async end() {
    this.client.close();
    this.load.close();
    await Promise.all(Object.values(this.processes).map((each) => each.end()));
  }
}

/** load-client.cjs, in a process of its own. */
class LoadClient {
  constructor() {
    this.child = spawn(process.execPath, [fileURLToPath(new URL('load-client.cjs', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] });
    process.on('exit', () => this.child.kill('SIGKILL'));
    this.child.stdin.on('error', () => {}); // The end of the process is told below.
    this.replies = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(op, fields) {
    this.child.stdin.write(`${JSON.stringify({ op, ...fields })}\n`);
    const { value, done } = await this.replies.next();
    if (done) throw new Error(`the load generator ended on ${op} ${JSON.stringify(fields)}`);
    return JSON.parse(value);
  }

  close() {
    this.child.stdin.end();
  }
}

/** MiB of one process that lie in memory. */
export const residentMib = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** Processes that a process started, by a part of their command line. */
export const childrenOf = (parent, part) =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(part);
    } catch {
      return false; // It has ended meanwhile.
    }
  });

/** Processor time of this machine in ticks, all of it and what its host took away, as virtual machines are told. */
function ticks() {
  const numbers = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].trim().split(/\s+/).slice(1, 9).map(Number);
  return { all: numbers.reduce((sum, value) => sum + value, 0), stolen: numbers[7] };
}
const atStart = ticks();

/** Share of the processors' time that the host took away since this process started: it comes in pauses of tens of ms, which a p99 shows. */
export function stolenShare() {
  const now = ticks();
  return Number(((now.stolen - atStart.stolen) / Math.max(1, now.all - atStart.all)).toFixed(3));
}

/** A load generator that can't keep up measures itself. @returns why these figures say nothing; empty if they do */
export function invalid(...loads) {
  const why = [];
  for (const { clientCpu, lateMs } of loads) {
    if (clientCpu > 0.8) why.push(`the load generator used ${clientCpu} of a core`);
    if (lateMs.p99 > 25) why.push(`requests were sent up to ${lateMs.p99} ms late (p99)`);
  }
  return [...new Set(why)];
}

/**
 * Prints the JSON and the line that says whether the goal is met, and sets the exit code: 1 not met, 2 nothing can be said.
 * @param goals `[what, holds]` each
 */
export function conclude(benchmark, { goals, why = [], json, ...facts }) {
  const missed = goals.filter(([, holds]) => !holds).map(([what]) => what);
  const met = why.length > 0 ? null : missed.length === 0;
  const report = { benchmark, machine: describeMachine(), date: new Date().toISOString(), loadOfTheMachine: Number(loadavg()[0].toFixed(2)), stolen: stolenShare(), met, goals: goals.map(([goal, holds]) => ({ goal, holds })), invalid: why, ...facts };
  console.log(JSON.stringify(report, null, 1));
  if (json) writeFileSync(json, `${JSON.stringify(report, null, 1)}\n`);
  if (why.length > 0) console.log(`${benchmark}: nothing can be said: ${why.join('; ')}`);
  else console.log(met ? `${benchmark}: met: ${goals.map(([what]) => what).join('; ')}` : `${benchmark}: NOT MET: ${missed.join('; ')}`);
  process.exitCode = met === null ? 2 : met ? 0 : 1;
}
