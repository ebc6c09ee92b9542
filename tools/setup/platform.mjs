// What the machine must have before anything is fetched, told in one message rather than one failure after another.
import { spawnSync } from 'node:child_process';
import { findCommand } from './command.mjs';
import { SetupError } from './report.mjs';

const OLDEST_NODE = 20;
/** The TensorFlow wheels are built for manylinux_2_27. */
const OLDEST_GLIBC = [2, 27];

/** @throws SetupError unless this is Linux on x86-64 with glibc 2.27 or newer, and Node 20 or newer. */
export function checkPlatform({ platform = process.platform, arch = process.arch, node = process.versions.node, glibc = glibcVersion() } = {}) {
  if (platform !== 'linux' || arch !== 'x64') {
    throw new SetupError(
      `This machine is ${platform} ${arch}; Quartet runs on Linux on x86-64, because TensorFlow's libraries and Node 24 are fetched for it.`,
      'Use such a machine, or a container: docker run -it --platform linux/amd64 node:24-bookworm',
    );
  }
  const [major, minor] = (glibc || '0.0').split('.').map(Number);
  if (major < OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor < OLDEST_GLIBC[1])) {
    throw new SetupError(
      `This machine's C library is ${glibc ? `glibc ${glibc}` : 'not glibc'}; TensorFlow needs glibc ${OLDEST_GLIBC.join('.')} or newer (Alpine's musl will not do).`,
      'Use Debian 12 or another distribution with glibc, or the container node:24-bookworm',
    );
  }
  if (Number(node.split('.')[0]) < OLDEST_NODE) {
    throw new SetupError(
      `This is Node ${node}; the set-up needs Node ${OLDEST_NODE} or newer (it brings Node 24 for all else).`,
      'Install Node 20 or newer, for example from https://nodejs.org or with a version manager',
    );
  }
}

const glibcVersion = () => process.report.getReport().header.glibcVersionRuntime;

/**
 * @param needs which of `python`, `pip`, `compiler` the coming steps use.
 * @throws SetupError naming all that is missing and the one command that installs it.
 */
export function checkTools(needs, path = process.env.PATH ?? '') {
  const missing = [];
  const python = findCommand('python3', path);
  if (needs.python && !python) missing.push({ what: 'python3 (Python 3.9 or newer)', packages: ['python3'] });
  if (needs.pip && !(python && hasPip(python, path))) missing.push({ what: 'pip, as `python3 -m pip`', packages: ['python3-pip'] });
  if (needs.compiler && !findCommand('g++', path)) missing.push({ what: 'g++, the C++ compiler', packages: ['g++'] });
  if (missing.length === 0) return;
  throw new SetupError(
    `Missing on this machine: ${missing.map((m) => m.what).join('; ')}.`,
    asRoot(`apt-get install -y ${missing.flatMap((m) => m.packages).join(' ')}`),
  );
}

/** A Debian command as this user would have to type it. */
export const asRoot = (command) => (process.getuid?.() === 0 ? command : `sudo ${command}`);

const hasPip = (python, path) => spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore', env: { ...process.env, PATH: path } }).status === 0;
