// The root file system that the image has below its tree: Debian's packages as the Dockerfile's runtime stage installs them, put
// together by mmdebstrap, which needs root and Debian's archive and no container engine. Made once for all clones, with a minute of processor.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from '../../../tools/setup/command.mjs';
import { sourcesOfDebian, unpackPackage } from '../../../tools/setup/debian.mjs';
import { makeFolderOnce, sha256Of } from '../../../tools/setup/files.mjs';
import { cacheFolder } from '../../../tools/setup/paths.mjs';
import { runtimeStage } from './dockerfile.mjs';

const SUITE = 'bookworm';
const REMEDY = `Use Debian 12, with its archive in /etc/apt; the tests of the image unpack ${SUITE} from there`;
/** Engines give each container one. */
const HOSTS = '127.0.0.1 localhost\n';
/** As the slim images of Debian leave them out. */
const LEFT_OUT = ['doc', 'man', 'locale', 'info', 'groff', 'lintian'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);

/** @returns the folder. */
export async function imageRoot(report) {
  const { text } = runtimeStage();
  const folder = join(cacheFolder(), `image-root-${sha256Of(SUITE, HOSTS, text).slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  await report.during("Debian's packages of the image", () => makeFolderOnce(folder, fill));
  return folder;
}

/** Its files are those of mmdebstrap: `partial` itself becomes the root. */
async function fill(partial) {
  const scratch = `${partial}.scratch`;
  try {
    const unpacked = await unpackPackage('mmdebstrap', scratch, REMEDY);
    writeFileSync(join(scratch, 'runs'), stageScript());
    const options = ['--mode=root', '--variant=minbase', '--format=directory', ...LEFT_OUT, `--customize-hook=chroot "$1" sh < '${join(scratch, 'runs')}'`];
    // It runs a second program of its package.
    const programs = join(unpacked, 'usr', 'bin');
    await runQuietly(join(programs, 'mmdebstrap'), [...options, SUITE, partial, sourcesOfDebian(REMEDY)], { env: { PATH: `${programs}:${process.env.PATH}` }, remedy: REMEDY });
    writeFileSync(join(partial, 'etc', 'hosts'), HOSTS);
  } finally {
    await runQuietly('rm', ['-rf', scratch]);
  }
}

function stageScript() {
  const { runs, args, env } = runtimeStage();
  return ['set -eu', 'export DEBIAN_FRONTEND=noninteractive', ...Object.entries({ ...args, ...env }).map(([name, value]) => `export ${name}='${value}'`), ...runs].join('\n') + '\n';
}
