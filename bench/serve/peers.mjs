// Quartet, MLServer and Triton with the same CNN under the same load: `node bench/serve/peers.mjs` (after `npm run build`). See README.md.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createReport, SetupError } from '../../tools/setup/report.mjs';
import { describeMachine } from '../train/machine.mjs';
import { makers, NAMES } from './peers/contenders.mjs';
import { Loader } from './peers/loader.mjs';
import { measure } from './peers/measure.mjs';
import { Platform } from './peers/platform.mjs';
import { setUpServers } from './peers/python.mjs';
import { reportOf } from './peers/report.mjs';

const { mnist } = createRequire(import.meta.url)('@quartet/service-kit/dist/platform-testing/digits');

const USAGE = `node bench/serve/peers.mjs [options]
  --seconds n      of each load on each server, in each round; default 3
  --rounds n       in which the servers take turns; default 3
  --starts n       of each server, of which the last stays; default 3
  --rate n         requests a second of the load at a fixed rate; default 100
  --limit n        seconds after which no further round begins; default 300
  --json file      also writes every round's numbers
  --output file    also writes the Markdown
`;
const MODEL = 'digits';
/** Different ones, so that an answer that went to another caller's request is noticed. */
const IMAGES = 64;

async function main() {
  const number = (fallback) => ({ type: 'string', default: fallback });
  const options = { seconds: number('3'), rounds: number('3'), starts: number('3'), rate: number('100'), limit: number('300'), json: { type: 'string' }, output: { type: 'string' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  if (values.help) return process.stdout.write(USAGE);
  const plan = Object.fromEntries(['seconds', 'rounds', 'starts', 'rate', 'limit'].map((name) => [name, positive(name, values[name])]));
  const facts = { machine: describeMachine(), date: new Date().toISOString().slice(0, 10), load: loadavg()[0], plan };
  const peers = await setUpServers(createReport());
  const until = performance.now() + plan.limit * 1e3;

  const folder = mkdtempSync(join(tmpdir(), 'quartet-bench-serve-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const servers = [];
  let loader;
  try {
    say('training and exporting the model');
    const platform = await Platform.inFolder(join(folder, 'quartet'), MODEL);
    const savedModel = await platform.prepare();
    const reference = await writeReference(folder, savedModel, peers.python);
    loader = new Loader(peers.python, reference, MODEL);
    const shared = {};
    for (const name of NAMES) {
      const own = join(folder, name);
      mkdirSync(own, { recursive: true });
      servers.push(name === 'quartet' || name === 'gateway' ? makers[name](platform, shared) : await makers[name]({ folder: own, savedModel, model: MODEL, peers }));
    }
    const results = await measure(servers, { loader, plan, until, say });
    const report = reportOf({ ...facts, ...results });
    process.stdout.write(`${report}\n`);
    if (values.output) writeFileSync(values.output, `${report}\n`);
    if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...facts, ...results }, null, 1)}\n`);
  } finally {
    loader?.close();
    await Promise.all(servers.map((server) => server.end()));
  }
}

const say = (text) => process.stderr.write(`${process.uptime().toFixed(0).padStart(5)} s  ${text}\n`);

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new SetupError(`received --${name} ${text}, expected a number above 0`, '--help tells the options');
  return value;
}

/** Digits, and what plain TensorFlow makes of them by the exported model. @returns the file */
async function writeReference(folder, savedModel, python) {
  const images = join(folder, 'images.bin');
  writeFileSync(images, (await mnist('t10k', IMAGES)).images);
  const file = join(folder, 'reference.npz');
  const { status, stderr } = spawnSync(python, [fileURLToPath(new URL('peers/reference.py', import.meta.url)), savedModel, images, file], { encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`TensorFlow couldn't run the exported model:\n${stderr}`);
  return file;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof SetupError && error.remedy ? `${error.message}\nTo mend it: ${error.remedy}` : error.stack}\n`);
  process.exitCode = 1;
}
