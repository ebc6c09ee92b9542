// The Python of the peers: one virtual environment in the cache, for all clones.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from '../../tools/setup/command.mjs';
import { bytesUnder } from '../../tools/setup/files.mjs';
import { cacheFolder } from '../../tools/setup/paths.mjs';
import { checkTools } from '../../tools/setup/platform.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Ends with 0 if all that the file asks for is installed, in the versions that it names. */
const CHECK = `
import sys
from importlib.metadata import PackageNotFoundError, version
try:
    wanted = [line.split('==') for line in open(sys.argv[1]).read().split('\\n') if line and line[0] != '#']
    sys.exit(any(version(name) != pinned for name, pinned in wanted))
except PackageNotFoundError:
    sys.exit(1)
`;

/** @returns the path of a Python with Keras, TensorFlow and PyTorch, which is made if need be (some gigabytes). */
export async function setUpPeers(report) {
  const folder = join(cacheFolder(), 'bench-venv');
  const python = join(folder, 'bin', 'python3');
  if (!isComplete(python)) {
    checkTools({ python: true, pip: true });
    await report.during('Python packages of the peers', () => install(folder, python), () => `${Math.round(bytesUnder(folder) / 1e6)} MB`);
  }
  return python;
}

const isComplete = (python) => existsSync(python) && spawnSync(python, ['-c', CHECK, requirements], { stdio: 'ignore' }).status === 0;

/** As tools/setup/python-env.mjs: the machine's pip installs from outside. */
async function install(folder, python) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(python)) await runQuietly('python3', ['-m', 'venv', '--without-pip', folder]);
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:', '-r', requirements];
  await runQuietly('python3', ['-m', 'pip', '--python', python, 'install', ...options], {
    remedy: 'Check the network, the Python package index, and that this is Python 3.11 to 3.13 with pip 22.3 or newer (`python3 -m pip --version`)',
  });
}
