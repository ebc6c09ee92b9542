// `npm run test:deploy`: builds a real control plane (once) and tests the overlays on it. The last line is `N passed, N failed`.
//   main.mjs [suite ...]    only these, by the names of their files: overlays, mutations, image
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from '../../tools/setup/command.mjs';
import { inRoot, node24 } from '../../tools/setup/paths.mjs';
import { createReport, SetupError } from '../../tools/setup/report.mjs';
import { assemble } from '../image/assemble.mjs';
import { runNodeTests } from '../../tools/test/node-tests.mjs';
import { Tally } from '../../tools/test/tally.mjs';
import { ADAPTER_ADDRESS } from './cluster/metrics-adapter.mjs';
import { buildControlPlane } from './control-plane/build.mjs';
import { installLinters } from './lint/linters.mjs';

const INSIDE = 'QUARTET_TEST_NAMESPACE';
const folder = fileURLToPath(new URL('.', import.meta.url));

const suites = (names) =>
  readdirSync(folder).filter((file) => file.endsWith('.suite.mjs') && (names.length === 0 || names.includes(file.replace('.suite.mjs', '')))).map((file) => inRoot('deploy', 'test', file));

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

try {
  const names = process.argv.slice(2);
  if (process.env[INSIDE]) process.exitCode = await runSuites(names);
  else {
    const report = createReport();
    if (names.some((name) => name !== 'image') || names.length === 0) await buildControlPlane(report);
    await installLinters(report);
    // npm needs the network, which the namespace hasn't.
    const scratch = mkdtempSync(join(tmpdir(), 'quartet-image-'));
    process.env.QUARTET_TEST_IMAGE = join(scratch, 'tree');
    try {
      if (names.includes('image') || names.length === 0) await report.during("putting the image's tree together", () => assemble('cpu', process.env.QUARTET_TEST_IMAGE));
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
