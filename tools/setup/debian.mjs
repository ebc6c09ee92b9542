import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand, runQuietly } from './command.mjs';
import { asRoot } from './platform.mjs';
import { SetupError } from './report.mjs';

/** Installs one of Debian's packages, which root can. @param need the sentence that says what it is for @throws SetupError with the command where this isn't root, or not Debian. */
export async function installPackage(report, name, need) {
  const install = ['install', '-y', '--no-install-recommends', name];
  const remedy = asRoot(`apt-get ${install.join(' ')}`);
  if (process.getuid?.() !== 0 || !findCommand('apt-get')) throw new SetupError(need, remedy);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await report.during(`installing Debian package ${name}`, async () => {
    await runQuietly('apt-get', ['update'], { env, remedy });
    await runQuietly('apt-get', install, { env, remedy });
  });
  return remedy;
}

/** The machine's list of Debian's archive. @throws SetupError with the remedy where there is none */
export function sourcesOfDebian(remedy) {
  const found = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((file) => existsSync(file));
  if (!found) throw new SetupError("This machine has no list of Debian's archive.", remedy);
  return found;
}

/**
 * Unpacks one of Debian's packages, alone and without installing it, which any user can.
 * @param scratch an empty folder @returns the folder in it that holds the package's files
 */
export async function unpackPackage(name, scratch, remedy) {
  mkdirSync(join(scratch, 'lists', 'partial'), { recursive: true });
  // Lists of its own: the machine's may be empty, and stay as they are.
  const options = { 'Dir::State::lists': join(scratch, 'lists'), 'Dir::Etc::sourcelist': sourcesOfDebian(remedy), 'Dir::Etc::sourceparts': '-', ...(process.getuid() === 0 && { 'APT::Sandbox::User': 'root' }) };
  const given = Object.entries(options).flatMap(([option, value]) => ['-o', `${option}=${value}`]);
  for (const args of [['update'], ['download', name]]) await runQuietly('apt-get', [...given, ...args], { cwd: scratch, remedy });
  const folder = join(scratch, name);
  await runQuietly('dpkg-deb', ['-x', join(scratch, readdirSync(scratch).find((file) => file.endsWith('.deb'))), folder]);
  return folder;
}
