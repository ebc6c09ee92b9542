// The peers' Python packages, Triton's server among them: one virtual environment for each list of requirements, in the cache, for all clones.
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from '../../../tools/setup/command.mjs';
import { bytesUnder, sha256Of } from '../../../tools/setup/files.mjs';
import { cacheFolder } from '../../../tools/setup/paths.mjs';
import { checkTools } from '../../../tools/setup/platform.mjs';
import { SetupError } from '../../../tools/setup/report.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const FACTS = `
import json, sys, sysconfig
print(json.dumps({"version": "%d.%d" % sys.version_info[:2], "packages": sysconfig.get_path("purelib"), "libraries": sysconfig.get_config_var("LIBDIR"), "library": sysconfig.get_config_var("INSTSONAME")}))
`;

/** @returns `{ python, bin, triton: { server, backends, libraries } }`, paths of what is made if need be (2 GB). @throws SetupError when something can't be had */
export async function setUpServers(report) {
  const parent = join(cacheFolder(), 'bench-serve');
  const link = join(parent, `venv-${sha256Of(readFileSync(requirements)).slice(0, 12)}`);
  const python = join(link, 'bin', 'python3');
  if (!existsSync(python)) {
    checkTools({ python: true, pip: true });
    checkPython(factsOf('python3'));
    mkdirSync(parent, { recursive: true });
    await install(report, link);
  }
  const facts = factsOf(python);
  return { python, bin: join(link, 'bin'), triton: tritonIn(facts) };
}

/** Made under a name of its own; a link to it appears once it is whole (see tools/setup/python-env.mjs). */
async function install(report, link) {
  const folder = `${link}.${randomBytes(4).toString('hex')}`;
  try {
    await report.during('Python packages of the servers', () => create(folder), () => `${Math.round(bytesUnder(folder) / 1e6)} MB`);
    rmSync(link, { force: true });
    symlinkSync(basename(folder), link);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function create(folder) {
  await runQuietly('python3', ['-m', 'venv', '--without-pip', folder]);
  const python = join(folder, 'bin', 'python3');
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:', '--no-deps', '-r', requirements];
  await runQuietly('python3', ['-m', 'pip', '--python', python, 'install', ...options], {
    remedy: 'Check the network, the Python package index, and that this is Linux x64 with glibc 2.35 or newer, Python 3.11 or 3.12 and pip 22.3 or newer',
  });
  const facts = factsOf(python);
  const { stub, stubInPlace } = tritonFilesOf(facts);
  copyFileSync(stub, `${stubInPlace}.new`);
  chmodSync(`${stubInPlace}.new`, 0o755);
  renameSync(`${stubInPlace}.new`, stubInPlace);
}

function factsOf(python) {
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', FACTS], { encoding: 'utf8' });
  if (status !== 0) throw new SetupError(`${python} can't be run: ${error?.message ?? stderr.trim()}`, 'Install Python 3.11 or 3.12');
  return JSON.parse(stdout);
}

function checkPython({ version, libraries, library }) {
  if (!['3.11', '3.12'].includes(version)) throw new SetupError(`received Python ${version}, expected 3.11 or 3.12, for which MLServer and the pinned packages are made`, 'Put such a python3 first in PATH');
  if (existsSync(join(libraries, library ?? ''))) return;
  throw new SetupError(`Triton's Python backend needs the shared library of Python ${version}, expected in ${libraries}`, `On Debian: apt-get install libpython${version}; of your own build: --enable-shared`);
}

function tritonFilesOf({ packages, version }) {
  const server = join(packages, 'pytriton', 'tritonserver');
  return { server, stub: join(server, 'python_backend_stubs', version, 'triton_python_backend_stub'), stubInPlace: join(server, 'backends', 'python', 'triton_python_backend_stub') };
}

function tritonIn(facts) {
  checkPython(facts);
  const { server } = tritonFilesOf(facts);
  // The Python's own folder first: another Python's library of that name would load, and then fail in its modules.
  return { server: join(server, 'bin', 'tritonserver'), backends: join(server, 'backends'), libraries: [facts.libraries, join(facts.packages, 'nvidia_pytriton.libs')] };
}
