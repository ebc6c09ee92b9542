import { QuartetError } from '@quartet/contracts';
import type { IngestOptions } from '../types';

const FORMATS = ['idx', 'numpy', 'csv', 'imageFolder', 'series', 'ts', 'text', 'pairs', 'tagged', 'recordings', 'captions', 'videoFolder'] as const;
const MAX_SHARE = 0.9;
/** Of an image's height and width after resizing. */
const MAX_SIDE = 4096;
/** Of a clip. */
const MAX_FRAMES = 256;
/** Samples a second that recordings may be resampled to. */
const RATES = { least: 4_000, most: 192_000 };

export type ResolvedOptions = IngestOptions & Required<Pick<IngestOptions, 'splitSeed' | 'badFiles'>>;

/**
 * Fills in the defaults, the shares apart, which depend on what the data is.
 * @throws QuartetError INVALID_FIELD
 */
export function resolveOptions(options: IngestOptions): ResolvedOptions {
  if (!FORMATS.includes(options.format)) {
    throw QuartetError.invalid('options.format', `is ${String(options.format)}; expected one of ${FORMATS.join(', ')}. Name one.`);
  }
  checkShare('validation_share', options.validationShare);
  checkShare('test_share', options.testShare);
  checkSize(options.imageHeight ?? 0, 'image_height');
  checkSize(options.imageWidth ?? 0, 'image_width');
  if (!options.imageHeight !== !options.imageWidth) {
    throw QuartetError.invalid(
      options.imageHeight ? 'options.image_width' : 'options.image_height',
      'is 0 while the other side is set; expected both or neither. Set both to resize.',
    );
  }
  if (![0, 1, 3, 4].includes(options.imageChannels ?? 0)) {
    throw QuartetError.invalid(
      'options.image_channels',
      `is ${options.imageChannels}; expected 1 (grey), 3 (RGB), 4 (RGBA), or 0 for those of the first image. Set one of these.`,
    );
  }
  const { target = 'classes' } = options;
  if (target !== 'classes' && options.format !== 'numpy' && options.format !== 'imageFolder') {
    throw QuartetError.invalid('options.target', `is ${target} with the format ${options.format}; expected the format NUMPY or IMAGE_FOLDER. Leave it unset.`);
  }
  const { sampleRate = 0, videoFrames = 0 } = options;
  if (!Number.isInteger(videoFrames) || videoFrames < 0 || videoFrames > MAX_FRAMES) {
    throw QuartetError.invalid('options.video_frames', `is ${videoFrames}; expected 1 to ${MAX_FRAMES}, or 0 for 16. Set a number such as 16.`);
  }
  if (sampleRate !== 0 && !(Number.isInteger(sampleRate) && sampleRate >= RATES.least && sampleRate <= RATES.most)) {
    throw QuartetError.invalid('options.sample_rate', `is ${sampleRate}; expected ${RATES.least} to ${RATES.most}, or 0 for that of the first recording. Set a rate such as 16000.`);
  }
  return { ...options, splitSeed: options.splitSeed ?? 0, badFiles: options.badFiles ?? 'refuse' };
}

function checkShare(field: string, share: number | undefined): void {
  if (share === undefined || (share >= 0 && share <= MAX_SHARE)) return;
  throw QuartetError.invalid(`options.${field}`, `is ${share}; expected a share from 0 to ${MAX_SHARE}. Set a share such as 0.1.`);
}

function checkSize(side: number, field: string): void {
  if (Number.isInteger(side) && side >= 0 && side <= MAX_SIDE) return;
  throw QuartetError.invalid(`options.${field}`, `is ${side}; expected 1 to ${MAX_SIDE} pixels, or 0 for the size of the first image. Set a smaller size.`);
}
