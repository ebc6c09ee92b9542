import { tooLarge } from '../files/read-file';
import { checkSignal, corrupt, unusable } from '../problems';
import type { SourcePart } from '../ingest/source';
import type { PartName } from '../types';
import { spreadEvenly } from '../video/evenly';
import { VideoError, videoFrames, videoSize } from '../video/frames';
import { DEFAULT_VIDEO_DECODING, type FrameTarget, type VideoDecoding } from '../video/options';
import type { FormatInput, FormatReader } from './format';
import { layOut, VIDEO_FILES, type ImageFile } from './image-layout';
import { StrayFiles } from './stray-files';
import { unpacked } from './unpacked';

const DEFAULT_FRAMES = 16;
const DEFAULT_CHANNELS = 3;

/** Reads video files in a folder a class, as files or as one .zip: of each, so many frames spread evenly over it. */
export const readVideoFolder: FormatReader = async (input) => {
  const stray = new StrayFiles(input.options.badFiles);
  const { classNames, images: files } = layOut(await unpacked(input), stray, VIDEO_FILES);
  const reader = new ClipReader(input);
  const clips = await readAll(files, reader, input, stray);
  const parts: Partial<Record<PartName, SourcePart>> = {};
  for (const part of ['train', 'validation', 'test'] as const) {
    const rows = files.filter((file) => file.part === part && clips.has(file));
    if (rows.length > 0) parts[part] = gather(part, rows, clips, reader.size);
  }
  const { train } = parts;
  if (!train) throw unusable('data set', { received: 'no video that can be read', expected: 'training videos', remedy: 'Send video files such as MP4.' });
  return { kind: 'video', exampleShape: reader.shape, classNames, columns: [], parts: { ...parts, train }, skippedFiles: stray.skipped };
};

/** All clips have one shape: as asked for, else the first one's height and width. */
class ClipReader {
  private readonly decoding: VideoDecoding;
  private readonly frames: number;
  private target: FrameTarget | undefined;

  constructor(private readonly input: FormatInput) {
    const { imageHeight, imageWidth, imageChannels, videoFrames: frames } = input.options;
    this.decoding = { ...DEFAULT_VIDEO_DECODING, ...input.context.video };
    this.frames = frames || DEFAULT_FRAMES;
    if (imageHeight && imageWidth) this.target = { height: imageHeight, width: imageWidth, channels: imageChannels || DEFAULT_CHANNELS };
  }

  get shape(): number[] {
    const { height, width, channels } = this.target!;
    return [this.frames, height, width, channels];
  }

  get size(): number {
    return this.shape.reduce((product, side) => product * side, 1);
  }

  async read({ path, local }: ImageFile): Promise<Uint8Array> {
    const { signal } = this.input.context;
    try {
      this.target ??= { ...(await videoSize(local, this.decoding, signal)), channels: this.input.options.imageChannels || DEFAULT_CHANNELS };
      return await spreadEvenly(videoFrames(local, this.target, this.decoding, signal), this.frames);
    } catch (error) {
      if (!(error instanceof VideoError)) throw error;
      const { received, expected } = error;
      throw corrupt(path, { received, expected, remedy: 'Replace or remove it, or set bad_files to SKIP to leave such files out.', cause: error });
    }
  }
}

async function readAll(files: ImageFile[], reader: ClipReader, input: FormatInput, stray: StrayFiles): Promise<Map<ImageFile, Uint8Array>> {
  const clips = new Map<ImageFile, Uint8Array>();
  const { limits, signal } = input.context;
  for (const [index, file] of files.entries()) {
    checkSignal(signal);
    await reader.read(file).then((clip) => clips.set(file, clip), (error: unknown) => stray.bad(file.path, error as Error));
    if (clips.size * (clips.size > 0 ? reader.size : 0) > limits.maxBytes) throw tooLarge('data set (decoded)', clips.size * reader.size, limits);
    input.onProgress({ stage: 'read', done: index + 1, total: files.length, unit: 'examples' });
  }
  return clips;
}

function gather(part: PartName, rows: ImageFile[], clips: Map<ImageFile, Uint8Array>, size: number): SourcePart {
  const examples = new Uint8Array(rows.length * size);
  rows.forEach((file, row) => {
    examples.set(clips.get(file)!, row * size);
    clips.delete(file);
  });
  return { file: `${part} videos`, count: rows.length, examples, labels: Int32Array.from(rows, (file) => file.label) };
}
