// `npm run test:deploy`: builds a real control plane (once) and tests the overlays on it. The last line is `N passed, N failed`.
//   main.mjs [suite ...]    only these, by the names of their files: overlays, mutations, keda, image, ...
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCommand, runQuietly } from '../../tools/setup/command.mjs';
import { installPackage } from '../../tools/setup/debian.mjs';
import { inRoot } from '../../tools/setup/paths.mjs';
import { createReport, SetupError } from '../../tools/setup/report.mjs';
import { runNodeTests } from '../../tools/test/node-tests.mjs';
import { Tally } from '../../tools/test/tally.mjs';
import { ADAPTER_ADDRESS } from './cluster/metrics-adapter.mjs';
import { inLanes, longestFirst } from './lanes.mjs';
import { prepare } from './prepare.mjs';

const INSIDE = 'QUARTET_TEST_NAMESPACE';
const folder = fileURLToPath(new URL('.', import.meta.url));

const SUITE = /\.suite\.mjs$/;
const allSuites = () => readdirSync(folder).filter((file) => SUITE.test(file)).map((file) => file.replace(SUITE, ''));

/** A suite, in the namespace that this process was started in. What it finds is left in `QUARTET_TEST_RESULTS`. */
async function runSuite(name) {
  await runQuietly('ip', ['link', 'set', 'lo', 'up']);
  await runQuietly('ip', ['address', 'add', `${ADAPTER_ADDRESS}/32`, 'dev', 'lo']);
  const result = await runNodeTests([inRoot('deploy', 'test', `${name}.suite.mjs`)], { concurrency: 1 });
  writeFileSync(process.env.QUARTET_TEST_RESULTS, JSON.stringify(result));
}

/** All of them. @param ready of a suite: resolved when there is what it needs @returns the exit code */
async function runSuites(names, ready) {
  const tally = new Tally();
  const ended = await inLanes(names, ready, (name) => ({ args: [fileURLToPath(import.meta.url), name], env: { [INSIDE]: '1' } }));
  const results = ended.map(({ name, result, why }) => result ?? { passed: 0, failed: [`${name} ${why} (see its output above)`], skipped: [] });
  const all = { passed: results.reduce((sum, { passed }) => sum + passed, 0), failed: results.flatMap(({ failed }) => failed), skipped: results.flatMap(({ skipped }) => skipped) };
  tally.add('deploy', all);
  if (process.env.QUARTET_TEST_RESULTS) writeFileSync(join(process.env.QUARTET_TEST_RESULTS, 'deploy.json'), JSON.stringify(all));
  process.stdout.write(`\n${tally.summary()}\n`);
  return tally.exitCode;
}

try {
  const names = process.argv.slice(2);
  if (process.env[INSIDE]) await runSuite(names[0]);
  else {
    const report = createReport();
    const unknown = names.filter((name) => !allSuites().includes(name));
    if (unknown.length > 0) throw new SetupError(`There is no suite ${unknown.join(', ')}.`, `name some of ${allSuites().join(', ')}, or none for all`);
    if (!findCommand('ip')) await installPackage(report, 'iproute2', 'The tests of deploy/ need the command ip, for a network that is theirs alone.');
    const wanted = longestFirst(names.length > 0 ? names : allSuites());
    const scratch = mkdtempSync(join(tmpdir(), 'quartet-image-'));
    try {
      process.exitCode = await runSuites(wanted, prepare(report, wanted, scratch));
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stdout.write(`\n${error.text}0 passed, 1 failed\n`);
  process.exitCode = 1;
}
