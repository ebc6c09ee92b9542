import { availableParallelism } from 'node:os';
import { tooLarge } from '../files/read-file';
import { toChannels } from '../image/channels';
import { decodePixels, type Pixels } from '../image/codec';
import { checkSignal, corrupt, textOf, unusable } from '../problems';
import type { SourcePart } from '../ingest/source';
import type { PartName } from '../types';
import type { FormatInput, FormatReader } from './format';
import { layOut, type ImageFile } from './image-layout';
import { layOutTargets } from './image-targets';
import { StrayFiles } from './stray-files';
import { unpacked } from './unpacked';

/** Images decoded at a time. */
const AT_ONCE = Math.max(2, availableParallelism());

/** Reads PNG and JPEG files in a folder a class, or with a table of their labels or numbers; as files or as one .zip. */
export const readImageFolder: FormatReader = async (input) => {
  const stray = new StrayFiles(input.options.badFiles);
  const { target: wanted = 'classes' } = input.options;
  const files = await unpacked(input);
  const targets = wanted === 'classes' ? undefined : await layOutTargets(files, wanted, stray, input.context);
  const { classNames, images } = targets ? { classNames: [], images: targets.images } : layOut(files, stray);
  const target = new ImageTarget(input);
  const pixels = await decodeAll(images, target, input, stray);
  const parts: Partial<Record<PartName, SourcePart>> = {};
  for (const part of ['train', 'validation', 'test'] as const) {
    const rows = images.filter((image) => image.part === part && pixels.has(image));
    if (rows.length > 0) parts[part] = { ...gather(part, rows, pixels, target.size), ...(targets && { targets: joined(rows.map((image) => targets.rows.get(image)!)) }) };
  }
  const { train } = parts;
  if (!train) throw unusable('data set', { received: 'no image that can be read', expected: 'training images', remedy: 'Send PNG or JPEG files.' });
  return { kind: 'image', exampleShape: target.shape, classNames, columns: [], parts: { ...parts, train }, skippedFiles: stray.skipped, ...(targets && wanted !== 'classes' && { target: { kind: wanted, names: targets.names } }) };
};

function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

/** Height, width and channels of all images: as asked for, else the first one's. */
class ImageTarget {
  private first: { path: string; height: number; width: number } | undefined;
  private readonly resize: { height: number; width: number } | undefined;
  private channels: number;

  constructor(private readonly input: FormatInput) {
    const { imageHeight, imageWidth, imageChannels } = input.options;
    this.resize = imageHeight && imageWidth ? { height: imageHeight, width: imageWidth } : undefined;
    this.channels = imageChannels ?? 0;
  }

  get shape(): number[] {
    return [this.first!.height, this.first!.width, this.channels];
  }

  get size(): number {
    return this.shape.reduce((product, side) => product * side, 1);
  }

  async decode({ path, local }: ImageFile): Promise<Pixels> {
    try {
      return await decodePixels(local, this.input.context.limits.maxPixels, this.resize);
    } catch (error) {
      throw corrupt(path, {
        received: `an image that can't be decoded (${textOf(error)})`,
        expected: `a complete PNG or JPEG of at most ${this.input.context.limits.maxPixels} pixels`,
        remedy: 'Replace or remove it, or set bad_files to SKIP to leave such files out.',
        cause: error,
      });
    }
  }

  /** Converts what was decoded; images are handed over in order, so that the first is the same in each run. */
  accept({ path }: ImageFile, pixels: Pixels): Uint8Array {
    const { height, width } = pixels;
    this.first ??= { path, height, width };
    this.channels ||= pixels.ownChannels;
    if (height === this.first.height && width === this.first.width) return toChannels(pixels, this.channels);
    throw unusable(path, {
      received: `an image of ${height}x${width} (height x width)`,
      expected: `${this.first.height}x${this.first.width} like the first one, ${this.first.path}`,
      remedy: 'Set image_height and image_width to have all images resized.',
    });
  }
}

async function decodeAll(images: ImageFile[], target: ImageTarget, input: FormatInput, stray: StrayFiles) {
  const pixels = new Map<ImageFile, Uint8Array>();
  const { limits, signal } = input.context;
  for (let start = 0; start < images.length; start += AT_ONCE) {
    checkSignal(signal);
    const group = images.slice(start, start + AT_ONCE);
    const decoded = await Promise.allSettled(group.map((image) => target.decode(image)));
    decoded.forEach((outcome, index) => {
      const image = group[index]!;
      if (outcome.status === 'rejected') return stray.bad(image.path, outcome.reason as Error);
      pixels.set(image, target.accept(image, outcome.value));
    });
    if (pixels.size > 0 && pixels.size * target.size > limits.maxBytes) throw tooLarge('data set (decoded)', pixels.size * target.size, limits);
    input.onProgress({ stage: 'read', done: Math.min(start + AT_ONCE, images.length), total: images.length, unit: 'examples' });
  }
  return pixels;
}

function gather(part: PartName, rows: ImageFile[], pixels: Map<ImageFile, Uint8Array>, size: number): SourcePart {
  const examples = new Uint8Array(rows.length * size);
  rows.forEach((image, row) => {
    examples.set(pixels.get(image)!, row * size);
    pixels.delete(image);
  });
  return { file: `${part} images`, count: rows.length, examples, labels: Int32Array.from(rows, (image) => image.label) };
}
