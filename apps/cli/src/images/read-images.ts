import { readFileSync } from 'node:fs';
import type { Input } from '@quartet/client';
import type { Image, Tensor } from '@quartet/contracts';
import { UsageError } from '../output';
import { readNpy } from './npy';

/** An image to classify, and what to call it. */
export interface NamedImage {
  name: string;
  image: Input<Image>;
}

/** A file's images: one of a PNG or JPEG, and of an .npy file one ([h, w], [h, w, c]) or many ([n, h, w, c]). */
export function readImages(path: string): NamedImage[] {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message}`);
  }
  if (!/\.npy$/i.test(path)) return [{ name: path, image: { content: { $case: 'encoded', value: file } } }];
  try {
    return split(readNpy(file), path);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

function split(tensor: Tensor, path: string): NamedImage[] {
  if (tensor.shape.length === 2 || tensor.shape.length === 3) return [{ name: path, image: { content: { $case: 'pixels', value: tensor } } }];
  if (tensor.shape.length !== 4) throw new Error(`its shape is [${tensor.shape.join(', ')}]; expected [height, width], [height, width, channels] or [batch, height, width, channels]`);
  const count = Number(tensor.shape[0]);
  const size = count > 0 ? tensor.data.length / count : 0;
  return Array.from({ length: count }, (_, at) => {
    const pixels = { dtype: tensor.dtype, shape: tensor.shape.slice(1), data: tensor.data.subarray(at * size, (at + 1) * size) };
    return { name: `${path}[${at}]`, image: { content: { $case: 'pixels', value: pixels } } };
  });
}

/** The one image of a file. @throws UsageError when there are more */
export function oneImage(path: string): Input<Image> {
  const [first, ...rest] = readImages(path);
  if (first && rest.length === 0) return first.image;
  throw new UsageError(`${path}: it holds ${rest.length + Number(first !== undefined)} images; give a file of one`);
}
