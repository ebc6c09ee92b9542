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
