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
import { fetchTensorflow, tensorflowFor } from '../../tools/setup/tensorflow.mjs';
import { runNodeTests } from '../../tools/test/node-tests.mjs';
import { Tally } from '../../tools/test/tally.mjs';
import { assemble } from '../image/assemble.mjs';
import { ADAPTER_ADDRESS } from './cluster/metrics-adapter.mjs';
import { buildControlPlane, buildKubeScore } from './control-plane/build.mjs';
import { buildOperators, needsOperators } from './control-plane/operators.mjs';
import { imageRoot } from './image/root.mjs';
import { inLanes, longestFirst } from './lanes.mjs';
import { installLinters } from './lint/linters.mjs';

const INSIDE = 'QUARTET_TEST_NAMESPACE';
const folder = fileURLToPath(new URL('.', import.meta.url));

/** Suites of the image need no control plane; what fetches gigabytes runs only when it is named. */
const [WITHOUT_CLUSTER, ONLY_BY_NAME] = [['image', 'cuda'], ['cuda']];

const isWanted = (names, suite) => (names.length === 0 ? !ONLY_BY_NAME.includes(suite) : names.includes(suite));
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

/**
 * Begins to make what suites need: the control plane and then the operators, one after the other, which takes the processors; and what comes from the network
 * beside them. Suites that have what they need run meanwhile. @returns by suite, when it is there
 */
function prepare(report, suites, scratch) {
  const plane = suites.some((suite) => !WITHOUT_CLUSTER.includes(suite)) ? buildControlPlane(report) : Promise.resolve();
  // Each suite that waits for it is told.
  plane.catch(() => undefined);
  const makes = {
    // npm and Debian's archive need the network, which the namespaces haven't.
    image: async () => (process.env.QUARTET_TEST_IMAGE = await treeFor(report, 'cpu', scratch)),
    cuda: async () => (process.env.QUARTET_TEST_CUDA_IMAGE = await treeFor(report, 'cuda', scratch)),
    lint: async () => {
      await buildKubeScore(report);
      await installLinters(report);
      await plane;
    },
  };
  const ready = Object.fromEntries(suites.map((suite) => [suite, plane]));
  const chain = (some, start, make) => {
    let before = start;
    for (const suite of some) {
      ready[suite] = before.then(() => make(suite));
      before = ready[suite].catch(() => undefined);
    }
  };
  chain(suites.filter(needsOperators), plane, (suite) => buildOperators(report, suite));
  chain(suites.filter((suite) => suite in makes), Promise.resolve(), (suite) => makes[suite]());
  return ready;
}

/** @returns the folder of an image's tree; the root below it, which can be made by root alone, is noted for the suites. */
async function treeFor(report, accelerator, scratch) {
  if (process.getuid() === 0) process.env.QUARTET_TEST_IMAGE_ROOT = await imageRoot(report);
  await fetchTensorflow(report, tensorflowFor(accelerator));
  const tree = join(scratch, accelerator);
  await report.during(`putting the image's tree together (${accelerator})`, () => assemble(accelerator, tree));
  return tree;
}

try {
  const names = process.argv.slice(2);
  if (process.env[INSIDE]) await runSuite(names[0]);
  else {
    const report = createReport();
    const unknown = names.filter((name) => !allSuites().includes(name));
    if (unknown.length > 0) throw new SetupError(`There is no suite ${unknown.join(', ')}.`, `name some of ${allSuites().join(', ')}, or none for all but ${ONLY_BY_NAME.join(', ')}`);
    if (!findCommand('ip')) await installPackage(report, 'iproute2', 'The tests of deploy/ need the command ip, for a network that is theirs alone.');
    const wanted = longestFirst(allSuites().filter((suite) => isWanted(names, suite)));
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
