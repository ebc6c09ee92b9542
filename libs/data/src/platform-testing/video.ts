import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NOTE = join(__dirname, '../../../../node_modules/.cache/quartet/test-env.json');

function noted(): { ffmpeg: string; clips: string } {
  const found = existsSync(NOTE) ? (JSON.parse(readFileSync(NOTE, 'utf8')) as Partial<ReturnType<typeof noted>>) : {};
  if (found.ffmpeg && found.clips) return { ffmpeg: found.ffmpeg, clips: found.clips };
  throw new Error(`No ffmpeg for the tests: run \`npm run setup -- --test\`, which writes ${NOTE}.`);
}

/** The ffmpeg that the tests' set-up brought, or QUARTET_TEST_FFMPEG. */
export const testFfmpeg = (): string => process.env['QUARTET_TEST_FFMPEG'] ?? noted().ffmpeg;

/** A clip that came with the tests' set-up: `bikes.mp4`, `bigbuckbunny.mp4`, `carphone_pristine.mp4`. */
export const testClip = (name: string): string => join(noted().clips, name);

export interface Encoding {
  height: number;
  width: number;
  channels: 1 | 3;
  framesPerSecond: number;
  /** Ending of the file's name, which tells ffmpeg the container. Default mp4. */
  container?: string;
  /** Options of the output. Default: H.264, as good as lossless. */
  codec?: readonly string[];
}

/** A video file of frames, uint8 [frames, height, width, channels]. */
export function encodeVideo(frames: Uint8Array, { height, width, channels, framesPerSecond, container = 'mp4', codec = ['-c:v', 'libx264', '-crf', '4', '-pix_fmt', 'yuv420p'] }: Encoding): Buffer {
  const input = ['-f', 'rawvideo', '-pix_fmt', channels === 1 ? 'gray' : 'rgb24', '-s', `${width}x${height}`, '-r', `${framesPerSecond}`, '-i', 'pipe:0'];
  return runForFile([...input, ...codec], container, frames);
}

/** What ffmpeg makes, as a file. @param args All but the output's name. */
export function runForFile(args: readonly string[], container: string, input?: Uint8Array): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-encode-'));
  try {
    const file = join(folder, `video.${container}`);
    const { status, stderr, error } = spawnSync(testFfmpeg(), ['-v', 'error', ...args, file], { input, maxBuffer: 1e8 });
    if (status !== 0) throw new Error(`ffmpeg failed: ${error?.message ?? stderr.toString()}`);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
