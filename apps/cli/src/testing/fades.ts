import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const NOTE = join(__dirname, '../../../../node_modules/.cache/quartet/test-env.json');

/** The ffmpeg of the tests' set-up. */
export const testFfmpeg = (): string => (JSON.parse(readFileSync(NOTE, 'utf8')) as { ffmpeg: string }).ffmpeg;

/** Writes a folder a class of video files, a second each, that become brighter or darker. */
export function writeFades(folder: string, count: number): void {
  for (const [name, fade] of [['brighter', 'in'], ['darker', 'out']] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let index = 0; index < count; index += 1) {
      const grey = (150 + 5 * index).toString(16).padStart(2, '0');
      const source = `color=0x${grey.repeat(3)}:size=16x16:rate=8:duration=1,fade=${fade}:0:8`;
      const { status, stderr } = spawnSync(testFfmpeg(), ['-v', 'error', '-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', join(folder, name, `${index}.mp4`)]);
      if (status !== 0) throw new Error(stderr.toString());
    }
  }
}
