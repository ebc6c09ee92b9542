// A PostgreSQL server for the tests that run against a real one. They start it themselves; only its programs are needed.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand } from './command.mjs';
import { installPackage } from './debian.mjs';
import { SetupError } from './report.mjs';

const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** @returns the folder that holds initdb and postgres; installed from Debian when missing and this is root. */
export async function findPostgres(report) {
  const found = installedBin();
  if (found) return found;
  const remedy = await installPackage(report, 'postgresql', `The tests need a PostgreSQL server; there is none in ${DEBIAN_FOLDER}/*/bin or on the PATH.`);
  const installed = installedBin();
  if (!installed) throw new SetupError(`Package postgresql is installed, yet there is no ${DEBIAN_FOLDER}/*/bin/initdb.`, remedy);
  return installed;
}

/** The newest of Debian's versions, else what the PATH offers. */
function installedBin() {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a)) : [];
  const folder = versions.map((version) => join(DEBIAN_FOLDER, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (folder) return folder;
  const onPath = findCommand('initdb');
  return onPath && dirname(onPath);
}
