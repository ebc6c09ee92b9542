// `npm run test:deploy`: builds a real control plane (once) and tests the overlays on it. The last line is `N passed, N failed`.
//   main.mjs [suite ...]    only these, by the names of their files: overlays, mutations, keda, image, ...
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from '../../tools/setup/command.mjs';
import { inRoot, node24 } from '../../tools/setup/paths.mjs';
import { createReport, SetupError } from '../../tools/setup/report.mjs';
import { fetchTensorflow, tensorflowFor } from '../../tools/setup/tensorflow.mjs';
import { runNodeTests } from '../../tools/test/node-tests.mjs';
import { Tally } from '../../tools/test/tally.mjs';
import { assemble } from '../image/assemble.mjs';
import { ADAPTER_ADDRESS } from './cluster/metrics-adapter.mjs';
import { buildControlPlane } from './control-plane/build.mjs';
import { buildOperators } from './control-plane/operators.mjs';
import { imageRoot } from './image/root.mjs';
import { installLinters } from './lint/linters.mjs';

const INSIDE = 'QUARTET_TEST_NAMESPACE';
const folder = fileURLToPath(new URL('.', import.meta.url));

/** Suites of the image need no control plane; what fetches gigabytes runs only when it is named. */
const [WITHOUT_CLUSTER, ONLY_BY_NAME] = [['image', 'cuda'], ['cuda']];

const isWanted = (names, suite) => (names.length === 0 ? !ONLY_BY_NAME.includes(suite) : names.includes(suite));
const SUITE = /\.suite\.mjs$/;
const allSuites = () => readdirSync(folder).filter((file) => SUITE.test(file)).map((file) => file.replace(SUITE, ''));
const suites = (names) => allSuites().filter((suite) => isWanted(names, suite)).map((suite) => inRoot('deploy', 'test', `${suite}.suite.mjs`));

/** One suite after the other: each has the same ports. */
async function runSuites(names) {
  await runQuietly('ip', ['link', 'set', 'lo', 'up'], { remedy: 'apt-get install -y iproute2' });
  await runQuietly('ip', ['address', 'add', `${ADAPTER_ADDRESS}/32`, 'dev', 'lo']);
  const tally = new Tally();
  const result = await runNodeTests(suites(names), { concurrency: 1, project: 'deploy', tally });
  if (process.env.QUARTET_TEST_RESULTS) writeFileSync(join(process.env.QUARTET_TEST_RESULTS, 'deploy.json'), JSON.stringify(result));
  process.stdout.write(`\n${tally.summary()}\n`);
  return tally.exitCode;
}

/** Again, in a network namespace of its own: what it starts can't be reached, and reaches nothing. */
function runInNamespace(names) {
  const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
  const child = spawn('unshare', [...asRoot, '--net', '--mount', '--', node24, fileURLToPath(import.meta.url), ...names], { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
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
  if (process.env[INSIDE]) process.exitCode = await runSuites(names);
  else {
    const report = createReport();
    if (names.length === 0 || names.some((name) => !WITHOUT_CLUSTER.includes(name))) await buildControlPlane(report);
    for (const suite of allSuites().filter((suite) => isWanted(names, suite))) await buildOperators(report, suite);
    await installLinters(report);
    const scratch = mkdtempSync(join(tmpdir(), 'quartet-image-'));
    try {
      // npm and Debian's archive need the network, which the namespace hasn't.
      if (isWanted(names, 'image')) process.env.QUARTET_TEST_IMAGE = await treeFor(report, 'cpu', scratch);
      if (isWanted(names, 'cuda')) process.env.QUARTET_TEST_CUDA_IMAGE = await treeFor(report, 'cuda', scratch);
      process.exitCode = await runInNamespace(names);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stdout.write(`\n${error.message}\n${error.remedy ? `To mend it: ${error.remedy}\n` : ''}0 passed, 1 failed\n`);
  process.exitCode = 1;
}
