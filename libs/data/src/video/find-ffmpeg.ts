import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import type { VideoDecoding } from './options';

/** Where `npm run setup -- --video` leaves the program, below QUARTET_CACHE. */
const IN_CACHE = join('ffmpeg', 'ffmpeg');

/**
 * The program that decodes video files.
 * @throws QuartetError UNIMPLEMENTED where there is none.
 */
export async function findFfmpeg({ program, cacheDir }: Pick<VideoDecoding, 'program' | 'cacheDir'>): Promise<string> {
  const found = await firstProgram(candidates(program, cacheDir));
  if (found) return found;
  const looked = program === '' ? 'no ffmpeg is on the PATH' : `QUARTET_FFMPEG is "${program}", which is no program here`;
  throw new QuartetError('UNIMPLEMENTED', `this process can't decode video files: ${looked}. Install Debian's package ffmpeg, or run \`npm run setup -- --video\`; or send frames instead of files.`);
}

function candidates(program: string, cacheDir: string): string[] {
  if (isAbsolute(program) || program.includes('/')) return [resolve(program)];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '').map((folder) => join(folder, program || 'ffmpeg'));
  return program === '' && cacheDir !== '' ? [...onPath, join(cacheDir, IN_CACHE)] : onPath;
}

async function firstProgram(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) if (await access(file, constants.X_OK).then(() => true, () => false)) return file;
  return undefined;
}
