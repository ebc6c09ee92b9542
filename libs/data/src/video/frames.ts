import { QuartetError } from '@quartet/contracts';
import { toChannels } from '../image/channels';
import { findFfmpeg } from './find-ffmpeg';
import type { FrameTarget, VideoDecoding } from './options';
import { FfmpegError, runFfmpeg } from './run-ffmpeg';
import { Turns } from './turns';

/** Why a video is refused, for whoever knows what it was called. */
export class VideoError extends Error {
  constructor(
    readonly received: string,
    readonly expected: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`received ${received}; expected ${expected}. ${remedy}`, options);
  }
}

const turns = new Map<number, Turns>();

/**
 * The frames of a video file in order, uint8 [height, width, channels] each: upright, resized (disregarding the aspect ratio, averaging when
 * shrinking), converted to the wanted channels as images are. They come no faster than they are taken.
 *
 * @throws VideoError for a file that can't be decoded, or is too long; QuartetError UNIMPLEMENTED without ffmpeg, LIMIT_EXCEEDED when it takes too
 *   long; the signal's reason.
 */
export async function* videoFrames(file: string, target: FrameTarget, decoding: VideoDecoding, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const { height, width, channels, framesPerSecond } = target;
  const sourceChannels = channels === 4 ? 4 : 3;
  const filters = [...(framesPerSecond ? [`fps=${framesPerSecond}`] : []), `scale=${width}:${height}:flags=bilinear+accurate_rnd+full_chroma_int+bitexact`];
  // Of a file without a steady rate, every frame is taken once.
  const rate = framesPerSecond ? [] : ['-fps_mode', 'passthrough'];
  const output = [...rate, '-vf', filters.join(','), '-pix_fmt', sourceChannels === 4 ? 'rgba' : 'rgb24', '-f', 'rawvideo'];
  const size = height * width * sourceChannels;
  let count = 0;
  for await (const data of slices(decoded(file, output, decoding, signal), size)) {
    count += 1;
    yield toChannels({ data, channels: sourceChannels, height, width }, channels);
  }
  if (count === 0) throw new VideoError('a video without a frame', 'one frame or more', 'Send another.');
}

/** [height, width] of a video file's frames, upright. */
export async function videoSize(file: string, decoding: VideoDecoding, signal?: AbortSignal): Promise<{ height: number; width: number }> {
  const chunks: Buffer[] = [];
  for await (const chunk of decoded(file, ['-frames:v', '1', '-c:v', 'ppm', '-f', 'image2pipe'], decoding, signal)) chunks.push(chunk);
  const [, width, height] = /^P6\s+(\d+)\s+(\d+)\s/.exec(Buffer.concat(chunks).subarray(0, 64).toString('latin1')) ?? [];
  if (!width || !height) throw new VideoError('a video without a frame', 'one frame or more', 'Send another.');
  return { height: Number(height), width: Number(width) };
}

async function* decoded(file: string, output: readonly string[], { program, cacheDir, maxSeconds, maxPixels, timeoutMs, atOnce }: VideoDecoding, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const ffmpeg = await findFfmpeg({ program, cacheDir });
  const all = turns.get(atOnce) ?? new Turns(atOnce);
  turns.set(atOnce, all);
  const leave = await all.take(signal);
  try {
    // A little more, to tell a video that is too long from one that is just as long as it may be.
    const seconds = yield* runFfmpeg({ program: ffmpeg, file, maxPixels, seconds: maxSeconds + 1, timeoutMs, output, signal });
    if (seconds > maxSeconds + 0.5) throw new VideoError(`a video of over ${maxSeconds} s`, `at most ${maxSeconds} s (QUARTET_MAX_VIDEO_SECONDS)`, 'Cut it.');
  } catch (error) {
    if (!(error instanceof FfmpegError)) throw error;
    throw new VideoError(`a video that can't be decoded (${error.message})`, `a complete video file, such as MP4 or WebM, with frames of at most ${maxPixels} pixels`, "Send the file's own bytes.", { cause: error });
  } finally {
    leave();
  }
}

/** A stream of bytes in pieces of `size`, each in memory of its own. */
async function* slices(bytes: AsyncIterable<Buffer>, size: number): AsyncGenerator<Uint8Array> {
  let [piece, filled] = [new Uint8Array(size), 0];
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled);
      piece.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < size) continue;
      yield piece;
      [piece, filled] = [new Uint8Array(size), 0];
    }
  }
  if (filled > 0) throw new QuartetError('INTERNAL', `ffmpeg ended within a frame: ${filled} of ${size} bytes`);
}
