import { tensorToFloat32, type Input, type QuartetClient } from '@quartet/client';
import { DataType, type gan, type Tensor, type Version } from '@quartet/contracts';
import { gridOf, type Images } from '../images/grid';
import { readNpy } from '../images/npy';
import { toPixels } from '../images/write-image';

/** What a GAN generated: images, videos, sounds, or rows of a table. */
export interface Samples {
  /** [count, ...shape of an example], row-major. */
  values: Float32Array;
  shape: number[];
  /** Index of each one's class; none of a model without. */
  classes: number[];
  version: bigint;
}

/** Reads the stream to its end. */
export async function generateAll(client: QuartetClient, request: Input<gan.GenerateRequest>, options: { signal?: AbortSignal; onProgress?: (done: number) => void } = {}): Promise<Samples> {
  const parts: Float32Array[] = [];
  const samples: Samples = { values: new Float32Array(), shape: [], classes: [], version: 0n };
  let done = 0;
  for await (const { examples, classes, modelVersion } of client.gan.generate(request, { signal: options.signal })) {
    parts.push(tensorToFloat32(examples!));
    samples.shape = examples!.shape.slice(1).map(Number);
    samples.classes.push(...classes);
    samples.version = modelVersion;
    options.onProgress?.((done += Number(examples!.shape[0])));
  }
  const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { ...samples, values };
}

/** Values in 0..1 as images; undefined where they are something else. */
export function imagesOf(values: Float32Array, shape: readonly number[]): Images | undefined {
  if (shape.length !== 3) return undefined;
  const [height = 1, width = 1, channels = 1] = shape;
  return { pixels: toPixels(values), count: values.length / (height * width * channels), height, width, channels };
}

/** Videos as grids, one a frame; undefined where values are something else. */
export function framesOf(values: Float32Array, shape: readonly number[], columns: number): Images[] | undefined {
  if (shape.length !== 4) return undefined;
  const [frames = 1, ...frame] = shape;
  const size = frame.reduce((a, b) => a * b, 1);
  const count = values.length / (frames * size);
  return Array.from({ length: frames }, (_, at) => {
    const moment = new Float32Array(count * size);
    for (let clip = 0; clip < count; clip += 1) moment.set(values.subarray((clip * frames + at) * size, (clip * frames + at + 1) * size), clip * size);
    return gridOf(imagesOf(moment, frame)!, columns);
  });
}

export const tensorImages = (tensor: Tensor): Images | undefined => imagesOf(tensorToFloat32(tensor), tensor.shape.slice(1).map(Number));

/** What a version's training kept of its rounds, in their order: values in 0..1 of images and videos, in their own scale of what else there is. */
export async function keptRounds(client: QuartetClient, version: Version): Promise<{ round: number; values: Float32Array; shape: number[] }[]> {
  const files = new Map<string, Buffer[]>();
  const model = { name: version.model, target: { $case: 'version' as const, value: version.version } };
  for await (const { path, data } of client.models.exportVersion({ model })) {
    if (/^samples\/round-\d+\.npy$/.test(path)) files.set(path, [...(files.get(path) ?? []), data]);
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, chunks]) => {
    const tensor = readNpy(Buffer.concat(chunks));
    const values = tensor.dtype === DataType.DATA_TYPE_UINT8 ? Float32Array.from(tensor.data, (value) => value / 255) : tensorToFloat32(tensor);
    return { round: Number(/\d+/.exec(path)![0]), values, shape: tensor.shape.slice(1).map(Number) };
  });
}

/** Those that are images. */
export async function roundPictures(client: QuartetClient, version: Version): Promise<{ round: number; images: Images }[]> {
  return (await keptRounds(client, version)).flatMap(({ round, values, shape }) => {
    const images = imagesOf(values, shape);
    return images ? [{ round, images }] : [];
  });
}
