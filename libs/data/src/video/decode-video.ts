import { QuartetError } from '@quartet/contracts';
import { spreadEvenly } from './evenly';
import { VideoError, videoFrames } from './frames';
import type { FrameTarget, VideoDecoding } from './options';
import { withVideoFile } from './with-video-file';

/**
 * The frames of an encoded video of a request, uint8 [height, width, channels] each, as they are decoded: see videoFrames.
 * @param field Where the video stands in the request, for the error.
 * @throws QuartetError UNDECODABLE_VIDEO; UNIMPLEMENTED without ffmpeg; LIMIT_EXCEEDED, DISK_FULL; the signal's reason.
 */
export async function* decodeVideoFrames(bytes: Uint8Array, target: FrameTarget, decoding: VideoDecoding, field = 'encoded', signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (bytes.length === 0) throw QuartetError.invalid(field, 'received no bytes; expected a video file. Send the file\'s own bytes.', 'UNDECODABLE_VIDEO');
  try {
    yield* withVideoFile(bytes, (file) => videoFrames(file, target, decoding, signal));
  } catch (error) {
    if (!(error instanceof VideoError)) throw error;
    throw QuartetError.invalid(field, error.message, 'UNDECODABLE_VIDEO');
  }
}

/** So many frames spread evenly over an encoded video, uint8 [count, height, width, channels]; else as decodeVideoFrames. */
export function decodeClip(bytes: Uint8Array, count: number, target: FrameTarget, decoding: VideoDecoding, field = 'encoded', signal?: AbortSignal): Promise<Uint8Array> {
  return spreadEvenly(decodeVideoFrames(bytes, target, decoding, field, signal), count);
}
