// Renews tensorflow.lock.json: `node tools/setup/lock-tensorflow.mjs 2.21.0`. Run by hand when TensorFlow is upgraded.
// pip resolves the packages and reports their SHA-256; nothing of them is downloaded beyond their metadata.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runQuietly } from './command.mjs';
import { wheelTarget } from './wheels.mjs';

const version = process.argv[2];
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) throw new Error('Usage: node tools/setup/lock-tensorflow.mjs VERSION, for example 2.21.0');

const scratch = mkdtempSync(join(tmpdir(), 'quartet-lock-'));
try {
  const cpu = await resolve(`tensorflow-cpu==${version}`, (name) => name === 'tensorflow-cpu');
  const cuda = await resolve(`tensorflow[and-cuda]==${version}`, (name) => name === 'tensorflow' || name.startsWith('nvidia-'));
  const lock = { version, accelerators: { cpu, cuda } };
  writeFileSync(new URL('tensorflow.lock.json', import.meta.url), `${JSON.stringify(lock, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true });
}

async function resolve(requirement, isKept) {
  const report = join(scratch, 'report.json');
  const options = ['--quiet', '--dry-run', '--ignore-installed', '--target', join(scratch, 'x'), '--report', report];
  await runQuietly('python3', ['-m', 'pip', 'install', ...options, ...wheelTarget, requirement]);
  return JSON.parse(readFileSync(report, 'utf8'))
    .install.map(({ metadata, download_info }) => ({
      name: metadata.name.toLowerCase().replaceAll('_', '-'),
      version: metadata.version,
      sha256: download_info.archive_info.hashes.sha256,
    }))
    .filter(({ name }) => isKept(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
