// The Python that tests compare against: TensorFlow loads our exported models, grpcio calls our services, moto is a real
// S3 server. One virtual environment for each list of requirements, in the cache, for all clones.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './command.mjs';
import { bytesUnder, sha256Of } from './files.mjs';
import { cacheFolder } from './paths.mjs';
import { checkTools } from './platform.mjs';

const listed = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @returns `{ python, pythonBin }`: the interpreter, and the folder of the commands that its packages brought. */
export function setUpPython(report) {
  return environment(report, 'Python packages for the tests', listed('test-requirements.txt'), []);
}

/** @returns As setUpPython, of an environment of its own: clients whose needs don't go with the others'. */
export function setUpClients(report) {
  return environment(report, 'Python clients for the tests', listed('client-requirements.txt'), ['--no-deps']);
}

async function environment(report, title, requirements, options) {
  const link = join(cacheFolder(), `venv-${sha256Of(readFileSync(requirements)).slice(0, 12)}`);
  const pythonBin = join(link, 'bin');
  const python = join(pythonBin, 'python3');
  // A link whose interpreter is gone (the machine's Python was upgraded) is made anew.
  if (!existsSync(python)) await install(report, title, link, ['-r', requirements, ...options]);
  return { python, pythonBin };
}

/**
 * A virtual environment cannot be moved, so it is made under a name of its own and a link to it appears once it is whole: of
 * two set-ups at once, the first to finish gives the link.
 */
async function install(report, title, link, packages) {
  checkTools({ python: true, pip: true });
  rmSync(link, { force: true });
  const folder = `${link}.${randomBytes(4).toString('hex')}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    await report.during(title, () => create(folder, packages), () => `${Math.round(bytesUnder(folder) / 1e6)} MB`);
    symlinkSync(basename(folder), link);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error.code !== 'EEXIST') throw error;
  }
}

/**
 * Without pip inside, so that Debian's python3-venv is not needed: the machine's pip installs into it from outside, and
 * PEP 668 ("externally managed") does not apply to a virtual environment.
 */
async function create(folder, packages) {
  await runQuietly('python3', ['-m', 'venv', '--without-pip', folder]);
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:', ...packages];
  await runQuietly('python3', ['-m', 'pip', '--python', join(folder, 'bin', 'python3'), 'install', ...options], {
    remedy: 'Check the network, the Python package index, and that this is Python 3.11 to 3.13 with pip 22.3 or newer (`python3 -m pip --version`)',
  });
}
