/** What decodes video files, and within which limits; the settings QUARTET_FFMPEG, QUARTET_MAX_VIDEO_* and QUARTET_VIDEO_*. */
export interface VideoDecoding {
  /** Path or name; empty: `ffmpeg` on the PATH, else what the set-up put into the cache. */
  program: string;
  /** QUARTET_CACHE. */
  cacheDir: string;
  maxSeconds: number;
  /** Of one frame. */
  maxPixels: number;
  /** Of one file's decoding. */
  timeoutMs: number;
  /** Files decoded at once in this process. */
  atOnce: number;
}

/** Frames as they are wanted. */
export interface FrameTarget {
  height: number;
  width: number;
  /** 1 (grey), 3 (RGB) or 4 (RGBA). */
  channels: number;
  /** Unset: all frames, as the file has them. */
  framesPerSecond?: number;
}

export const DEFAULT_VIDEO_DECODING: Readonly<VideoDecoding> = { program: '', cacheDir: '', maxSeconds: 300, maxPixels: 8_912_896, timeoutMs: 60_000, atOnce: 2 };
