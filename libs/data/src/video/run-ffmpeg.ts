import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { QuartetError } from '@quartet/contracts';

/** What is decoded: containers and codecs that cameras, phones and screen recorders write. Playlists and the like, which name other files, aren't. */
const CONTAINERS = 'mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,ogg,flv,asf,gif';
const CODECS = 'h264,hevc,vp8,vp9,libvpx,libvpx-vp9,libdav1d,av1,mpeg4,mpeg1video,mpeg2video,mjpeg,theora,h263,flv,prores,msmpeg4,msmpeg4v2,wmv1,wmv2,rawvideo,ffv1,gif';
/** Largest piece of memory that ffmpeg may ask for. */
const MAX_ALLOCATION = 512 * 1024 * 1024;
const KEPT_ERRORS = 4000;

/** Why a file couldn't be decoded, in ffmpeg's words. */
export class FfmpegError extends Error {}

export interface FfmpegCall {
  program: string;
  file: string;
  maxPixels: number;
  /** Longest part of the file that is read. */
  seconds: number;
  timeoutMs: number;
  /** After the input's: what is made of the video, to standard output. */
  output: readonly string[];
  signal?: AbortSignal;
}

/**
 * Runs ffmpeg on a file as a child process: no shell, none of our environment, no other file or address than this one. It is ended when the
 * caller stops reading, the signal aborts, or its time is over.
 *
 * @yields What it writes, no faster than it is read.
 * @returns How many seconds of the video it read.
 * @throws FfmpegError for a file that can't be decoded; QuartetError LIMIT_EXCEEDED, or the signal's reason.
 */
export async function* runFfmpeg({ program, file, maxPixels, seconds, timeoutMs, output, signal }: FfmpegCall): AsyncGenerator<Buffer, number> {
  signal?.throwIfAborted();
  const input = ['-protocol_whitelist', 'file', '-format_whitelist', CONTAINERS, '-codec_whitelist', CODECS, '-max_pixels', `${maxPixels}`, '-threads', '1', '-t', `${seconds}`, '-i', `file:${file}`];
  const args = ['-hide_banner', '-nostdin', '-v', 'error', '-xerror', '-max_alloc', `${MAX_ALLOCATION}`, '-nostats', '-progress', 'pipe:3', ...input, '-map', '0:v:0', ...output, 'pipe:1'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: { LC_ALL: 'C' }, cwd: '/' });
  const closed = once(child, 'close') as Promise<[number | null]>;
  closed.catch(() => undefined);
  const kill = (): void => void child.kill('SIGKILL');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill, { once: true });
  const [errors, progress] = [new Tail(child.stderr!), new Tail(child.stdio[3] as Readable)];
  try {
    for await (const chunk of child.stdout!) yield chunk as Buffer;
    const [code] = await closed;
    signal?.throwIfAborted();
    if (late) throw new QuartetError('LIMIT_EXCEEDED', `decoding the video took over ${timeoutMs} ms (QUARTET_VIDEO_DECODE_MS); send a shorter or smaller one`);
    if (code !== 0) throw new FfmpegError(reasonIn(errors.text, file));
    return Number(/.*out_time_us=(\d+)/s.exec(progress.text)?.[1] ?? 0) / 1e6;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    if (child.exitCode === null) {
      kill();
      await closed.catch(() => undefined);
    }
  }
}

/** The end of what a stream says. */
class Tail {
  text = '';

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => (this.text = (this.text + chunk.toString()).slice(-KEPT_ERRORS)));
  }
}

/** The first line that says what is wrong, without addresses in memory and the file's place here. */
function reasonIn(errors: string, file: string): string {
  const lines = errors.replaceAll(`file:${file}: `, '').replaceAll(file, 'the file').split('\n').map((line) => line.replaceAll(/\[[^\]]*@ 0x[0-9a-f]+\] */g, '').trim()).filter((line) => line !== '' && !line.includes('whitelist'));
  if (lines.some((line) => /matches no streams/.test(line))) return 'no video in it';
  return lines[0]?.replace(/, see the documentation.*/, '').slice(0, 200) ?? 'ffmpeg ended without a word';
}
