// The suites, some at once: while one waits for a controller, another computes. Each has a network namespace and a mount namespace of
// its own, so that they have the same ports, reach nothing outside, and can't be reached.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { node24 } from '../../tools/setup/paths.mjs';
import { SetupError } from '../../tools/setup/report.mjs';

const AT_ONCE = 3;
/** A progress line of what is made meanwhile. */
const CLEAR = process.stdout.isTTY ? '\r\x1b[2K' : '';
/** What begins last ends last: the longest begin. */
const LONGEST_FIRST = ['overlays', 'mutations', 'simulation', 'keda', 'kueue'];
const rank = (name) => (LONGEST_FIRST.includes(name) ? LONGEST_FIRST.indexOf(name) : LONGEST_FIRST.length);
export const longestFirst = (names) => [...names].sort((a, b) => rank(a) - rank(b));

/**
 * Runs each suite in a process, in this order of those that have what they need; what it prints comes with its name before it.
 * @param ready by suite, a promise of what it needs @param command of a suite's name: { args, env } of the process, which writes its result as JSON to `QUARTET_TEST_RESULTS`
 * @returns of each { name, result }, or { name, why } there is none
 */
export async function inLanes(names, ready, command) {
  const queue = [...names];
  const settled = new Set();
  const settling = new Map(names.map((name) => [name, Promise.resolve(ready[name]).catch(() => undefined).then(() => settled.add(name))]));
  /** @returns undefined when none is left. */
  const next = async () => {
    while (queue.length > 0) {
      const found = queue.findIndex((name) => settled.has(name));
      if (found >= 0) return queue.splice(found, 1)[0];
      await Promise.race(queue.map((name) => settling.get(name)));
    }
  };
  const folder = mkdtempSync(join(tmpdir(), 'quartet-suites-'));
  const ended = [];
  const lane = async () => {
    for (let name = await next(); name !== undefined; name = await next()) {
      const file = join(folder, `${name}.json`);
      try {
        await ready[name];
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        process.stdout.write(`${CLEAR}${name}: ${error.text}`);
        ended.push({ name, why: 'lacks what it needs' });
        continue;
      }
      const { args, env } = command(name);
      const start = Date.now();
      const code = await inNamespace(args, { ...process.env, ...env, QUARTET_TEST_RESULTS: file }, names.length > 1 ? `${name}: ` : '');
      process.stdout.write(`${CLEAR}${name} took ${((Date.now() - start) / 1000).toFixed(0)} s\n`);
      ended.push({ name, ...(existsSync(file) ? { result: JSON.parse(readFileSync(file, 'utf8')) } : { why: `ended with ${code}` }) });
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return ended;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inNamespace(args, env, prefix) {
  const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
  const child = spawn('unshare', [...asRoot, '--net', '--mount', '--', node24, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) createInterface({ input: from }).on('line', (line) => to.write(`${CLEAR}${prefix}${line}\n`));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
}
