import { open } from 'node:fs/promises';
import { readSettings } from '@quartet/contracts';
import type { UploadFile } from '@quartet/client';
import { resolveBuiltin } from '@quartet/data';

const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;
const PIXELS = 28 * 28;

export interface Digits {
  /** [count, 28, 28], uint8 */
  images: Uint8Array;
  labels: Uint8Array;
}

/** The first `count` digits of a part of MNIST. */
export async function mnist(part: 'train' | 't10k', count: number): Promise<Digits> {
  const { files } = await resolveBuiltin('mnist', readSettings().QUARTET_CACHE);
  const read = async (name: string, from: number, length: number) => {
    const handle = await open(files.get(name)!);
    const bytes = new Uint8Array(length);
    await handle.read(bytes, 0, length, from);
    await handle.close();
    return bytes;
  };
  return {
    images: await read(`${part}-images-idx3-ubyte`, IMAGES_HEADER, count * PIXELS),
    labels: await read(`${part}-labels-idx1-ubyte`, LABELS_HEADER, count),
  };
}

/** The same digits with a side of 7 pixels: means of 4 x 4. */
export function shrunk({ images, labels }: Digits): Digits {
  const small = new Uint8Array(labels.length * 49);
  for (let at = 0; at < small.length; at += 1) {
    const [image, row, column] = [Math.floor(at / 49), Math.floor((at % 49) / 7), at % 7];
    let sum = 0;
    for (let y = 0; y < 4; y += 1) for (let x = 0; x < 4; x += 1) sum += images[image * PIXELS + (4 * row + y) * 28 + 4 * column + x]!;
    small[at] = Math.round(sum / 16);
  }
  return { images: small, labels };
}

/** Digits as the two IDX files of a part, to be uploaded. */
export function idxFiles(part: 'train' | 't10k', { images, labels }: Digits): UploadFile[] {
  const side = Math.sqrt(images.length / labels.length);
  const header = (magic: number, ...sizes: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * sizes.length);
    [magic, ...sizes].forEach((value, i) => bytes.writeInt32BE(value, 4 * i));
    return bytes;
  };
  const file = (path: string, bytes: Buffer): UploadFile => ({ path, source: bytes, size: bytes.length });
  return [
    file(`${part}-images-idx3-ubyte`, Buffer.concat([header(0x803, labels.length, side, side), images])),
    file(`${part}-labels-idx1-ubyte`, Buffer.concat([header(0x801, labels.length), labels])),
  ];
}
