// Step "build": all TypeScript of the workspace, and the console. `tsc -b` itself skips what is current, in well under a
// second, where Nx takes seconds to compute its graph first (docs/decisions/0011-tests-and-build.md).
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './command.mjs';
import { readJson } from './files.mjs';
import { inRoot, node24, root } from './paths.mjs';

/** Compiles every project that has a tsconfig.lib.json, and bundles the console. */
export async function buildAll(report) {
  await compileProjects(report, 'compiling TypeScript', 'tsconfig.lib.json');
  await report.during('console', () => runQuietly(node24, [inRoot('apps/console/build.mjs')], { cwd: root, remedy: 'Mend what the bundler reports above' }));
}

/** @throws SetupError with the compiler's messages. */
export async function compileProjects(report, title, configName) {
  const configs = workspaceFolders().map((folder) => join(folder, configName)).filter((file) => existsSync(inRoot(file)));
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  await report.during(title, () => runQuietly(node24, [tsc, '-b', ...configs], { cwd: root, remedy: 'Mend what the compiler reports above' }));
}

/** The folders of the workspaces that package.json names, relative to the root. */
export function workspaceFolders() {
  return readJson(inRoot('package.json')).workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(inRoot(parent), { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => `${parent}/${e.name}`);
  });
}
