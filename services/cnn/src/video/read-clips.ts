import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { HostTensor, VideoManifest } from '@quartet/core';
import { decodeClip, videoDecodingOf } from '@quartet/data';
import { readPixels, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { videoManifestOf } from './manifest';

/** A request's clips as networks take them: float32 [batch, frames, height, width, channels] in 0..1. */
export async function readClips(runtime: FamilyRuntime, version: Version, input: cnn.ClassifyVideoRequest['input'], call: CallScope): Promise<HostTensor> {
  const { spec } = videoManifestOf(version);
  const most = runtime.settings.QUARTET_MAX_BATCH;
  switch (input?.$case) {
    case 'batch':
      return readPixels(input.value, 'batch', ['batch', ...spec.inputShape], most, 'clip');
    case 'clips': {
      const { clips } = input.value;
      checkCount(clips.length, most);
      const size = spec.inputShape.reduce((a, b) => a * b, 1);
      const data = new Float32Array(clips.length * size);
      // One after the other: the first bad one ends it, and decoders are few.
      for (const [index, clip] of clips.entries()) data.set(await readClip(runtime, clip, `clips.clips[${index}]`, spec, call), index * size);
      return { dtype: 'float32', shape: [clips.length, ...spec.inputShape], data };
    }
    default:
      throw QuartetError.invalid('input', 'is not set; send `clips` (files or frames) or `batch` (one tensor of them)');
  }
}

export function checkCount(count: number, most: number): void {
  if (count === 0) throw QuartetError.invalid('clips.clips', `received no clip, expected 1 to ${most}`, 'EMPTY_BATCH');
  if (count > most) throw QuartetError.invalid('clips.clips', `received ${count} clips, expected at most ${most} (QUARTET_MAX_BATCH); split them into several calls`, 'BATCH_TOO_LARGE');
}

async function readClip(runtime: FamilyRuntime, { content }: cnn.Clip, path: string, { inputShape }: VideoManifest['spec'], call: CallScope): Promise<ArrayLike<number>> {
  const [frames = 0, height = 0, width = 0, channels = 0] = inputShape;
  switch (content?.$case) {
    case 'encoded': {
      const pixels = await decodeClip(content.value, frames, { height, width, channels }, videoDecodingOf(runtime.settings), `${path}.encoded`, call.signal);
      return Float32Array.from(pixels, (value) => value / 255);
    }
    case 'frames':
      return readPixels(content.value, `${path}.frames`, [...inputShape], 1).data;
    default:
      throw QuartetError.invalid(path, `is empty; expected a video file in \`encoded\`, or [${inputShape.join(', ')}] in \`frames\``);
  }
}
