// All jest projects, run through Nx so that a new project takes part by having a jest.config.cjs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runQuietly } from '../setup/command.mjs';
import { readJson } from '../setup/files.mjs';
import { inRoot, node24, root } from '../setup/paths.mjs';
import { runAloud } from './run-aloud.mjs';

const nx = inRoot('node_modules', '.bin', 'nx');
/** Two projects at once: jest itself takes one worker on a machine with two cores. */
const PARALLEL = 2;
const LONGEST_MINUTES = 50;

/** Names of the Nx projects that have a target. */
export async function projectsWith(target) {
  return JSON.parse(await runQuietly(node24, [nx, 'show', 'projects', '--with-target', target, '--json'], { cwd: root })).sort();
}

/** Lints all projects; unchanged ones come from Nx's cache. */
export const lintAll = () => runQuietly(node24, [nx, 'run-many', '-t', 'lint', '--output-style=static'], { cwd: root });

/**
 * Runs every project's tests and adds them to `tally`. Nothing comes from Nx's cache: the tests depend on the machine (the
 * engine, Python, PostgreSQL), which the cache's keys do not hold.
 */
export async function testProjects(tally) {
  const projects = await projectsWith('test');
  const results = mkdtempSync(join(tmpdir(), 'quartet-results-'));
  try {
    const options = [`--parallel=${PARALLEL}`, '--output-style=stream', '--skip-nx-cache', '--exclude-task-dependencies'];
    const code = await runAloud(node24, [nx, 'run-many', '-t', 'test', ...options], { env: { QUARTET_TEST_RESULTS: results }, minutes: LONGEST_MINUTES });
    const before = tally.failures.length;
    for (const project of projects) {
      const result = readJson(join(results, `${project}.json`));
      if (result) tally.add(project, result);
      else tally.fail(`${project}: jest gave no result (see its output above)`);
    }
    if (code !== 0 && tally.failures.length === before) tally.fail(`nx run-many -t test ended with exit code ${code}`);
  } finally {
    rmSync(results, { recursive: true });
  }
}
