// Linters of manifests, of the Dockerfile and of shell scripts, from Python's package index, in a virtual environment in the cache.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from '../../../tools/setup/command.mjs';
import { makeFolderOnce, sha256Of } from '../../../tools/setup/files.mjs';
import { cacheFolder } from '../../../tools/setup/paths.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const folder = join(cacheFolder(), `linters-${sha256Of(readFileSync(requirements)).slice(0, 12)}`);
export const linter = (name) => join(folder, 'bin', name);

export async function installLinters(report) {
  if (existsSync(folder)) return;
  await report.during('linters of manifests, Dockerfile and scripts', () => makeFolderOnce(folder, create));
}

/** The machine's pip installs from outside, as in tools/setup/python-env.mjs. */
async function create(partial) {
  await runQuietly('python3', ['-m', 'venv', '--without-pip', partial]);
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:', '-r', requirements];
  await runQuietly('python3', ['-m', 'pip', '--python', join(partial, 'bin', 'python3'), 'install', ...options]);
}
