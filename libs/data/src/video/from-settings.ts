import type { Settings } from '@quartet/contracts';
import type { VideoDecoding } from './options';

/** How a service decodes video files. */
export const videoDecodingOf = (settings: Settings): VideoDecoding => ({
  program: settings.QUARTET_FFMPEG,
  cacheDir: settings.QUARTET_CACHE,
  maxSeconds: settings.QUARTET_MAX_VIDEO_SECONDS,
  maxPixels: settings.QUARTET_MAX_VIDEO_PIXELS,
  timeoutMs: settings.QUARTET_VIDEO_DECODE_MS,
  atOnce: settings.QUARTET_VIDEO_DECODERS,
});
