// The tests of deploy/ that need a control plane (`npm run test:deploy`), as a part of a whole run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson } from '../setup/files.mjs';
import { inRoot, node24 } from '../setup/paths.mjs';
import { runAloud } from './run-aloud.mjs';

/** Where the control plane has to be built first, it alone takes up to half of this. */
const LONGEST_MINUTES = 45;

/** Runs them and adds them to `tally`. */
export async function testDeploy(tally) {
  const results = mkdtempSync(join(tmpdir(), 'quartet-results-'));
  try {
    const code = await runAloud(node24, [inRoot('deploy', 'test', 'main.mjs')], { env: { QUARTET_TEST_RESULTS: results }, minutes: LONGEST_MINUTES });
    const result = readJson(join(results, 'deploy.json'));
    if (result) tally.add('deploy', result);
    if (!result || (code !== 0 && result.failed.length === 0)) tally.fail(`deploy: ended with exit code ${code} (see its output above)`);
  } finally {
    rmSync(results, { recursive: true });
  }
}
