import { DataType, QuartetError, type FieldViolation, type Image, type Reason, type Tensor } from '@quartet/contracts';
import { checkTensor, firstOutside, formatShape, fromBytes, toUnitRange, type HostTensor } from '@quartet/core';
import { decodeImage } from '@quartet/data';

/** What a model takes: [height, width, channels]. */
type InputShape = readonly number[];
/** The `input` that the image families' requests share. */
export type ImageInput = { $case: 'images'; value: { images: Image[] } } | { $case: 'batch'; value: Tensor } | undefined;

const DTYPES = { [DataType.DATA_TYPE_FLOAT32]: 'float32', [DataType.DATA_TYPE_UINT8]: 'uint8' } as const;

/** Float pixels a hair outside of 0..1 come from resampling; farther out they are of another scale. */
const TOLERANCE = 0.01;

/**
 * A request's images as networks take them: float32 [batch, height, width, channels] in 0..1.
 * @throws QuartetError with the path of each bad field: EMPTY_BATCH, BATCH_TOO_LARGE, SHAPE_MISMATCH, DTYPE_MISMATCH,
 *   BYTE_COUNT_MISMATCH, NOT_FINITE, UNDECODABLE_IMAGE or INVALID_FIELD
 */
export async function readImages(input: ImageInput, shape: InputShape, maxBatch: number): Promise<HostTensor> {
  switch (input?.$case) {
    case 'batch':
      return readPixels(input.value, 'batch', ['batch', ...shape], maxBatch);
    case 'images':
      return readList(input.value.images, shape, maxBatch);
    default:
      throw QuartetError.invalid('input', 'is not set; send `images` (files or pixels) or `batch` (one tensor of them)');
  }
}

/**
 * Pixels as networks take them: float32 in 0..1.
 * @param expected [height, width, channels], after `batch` for a tensor of several images; any other shape that ends in channels as well
 * @param what It holds several of, for errors
 */
export function readPixels(tensor: Tensor, name: string, expected: ['batch', ...number[]] | number[], maxBatch: number, what = 'image'): HostTensor {
  const dtype = DTYPES[tensor.dtype as keyof typeof DTYPES];
  if (!dtype) {
    const received = DataType[tensor.dtype] ?? tensor.dtype;
    throw QuartetError.invalid(`${name}.dtype`, `received ${received}, expected DATA_TYPE_UINT8 (0..255) or DATA_TYPE_FLOAT32 (0..1)`, 'DTYPE_MISMATCH');
  }
  const wanted = expected.map((size) => (size === 'batch' ? null : size));
  const shape = withChannel(tensor.shape.map(Number), wanted);
  const batched = wanted[0] === null;
  if (batched && shape.length === wanted.length) checkCount(shape[0] ?? 0, `${name}.shape`, maxBatch, what);
  const host = fromBytes(dtype, shape, tensor.data, name);
  // One look at each number: NaN and infinity are in no range.
  checkTensor(host, { name, shape: wanted, finite: false });
  checkRange(host, name);
  return toUnitRange(host);
}

/** Images of one channel may come without it. */
function withChannel(shape: number[], wanted: readonly (number | null)[]): number[] {
  return wanted.at(-1) === 1 && shape.length === wanted.length - 1 ? [...shape, 1] : shape;
}

function checkCount(count: number, field: string, maxBatch: number, what = 'image'): void {
  if (count === 0) throw QuartetError.invalid(field, `received no ${what}, expected 1 to ${maxBatch}`, 'EMPTY_BATCH');
  if (count > maxBatch) {
    throw QuartetError.invalid(field, `received ${count} ${what}s, expected at most ${maxBatch} (QUARTET_MAX_BATCH); split them into several calls`, 'BATCH_TOO_LARGE');
  }
}

function checkRange(host: HostTensor, name: string): void {
  const { dtype, data } = host;
  if (dtype !== 'float32') return;
  const index = firstOutside(data, -TOLERANCE, 1 + TOLERANCE);
  if (index < 0) return;
  checkTensor(host, { name });
  throw QuartetError.invalid(
    `${name}.data`,
    `received ${data[index]} at element ${index}, expected float32 pixels in 0..1, before any normalization; divide by 255, or send uint8`,
  );
}

async function readList(images: readonly Image[], shape: InputShape, maxBatch: number): Promise<HostTensor> {
  checkCount(images.length, 'images.images', maxBatch);
  const read = await Promise.allSettled(images.map((image, index) => readImage(image, `images.images[${index}]`, shape)));
  const failures = read.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
  if (failures.length > 0) throw together(failures);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(images.length * size);
  read.forEach((result, index) => result.status === 'fulfilled' && data.set(result.value, index * size));
  return { dtype: 'float32', shape: [images.length, ...shape], data };
}

/** One image of a request. @param path Where it stands in the request. */
export async function readImage({ content }: Image, path: string, shape: InputShape): Promise<ArrayLike<number>> {
  switch (content?.$case) {
    case 'encoded':
      return decode(content.value, `${path}.encoded`, shape);
    case 'pixels':
      return readPixels(content.value, `${path}.pixels`, [...shape], 1).data;
    default:
      throw QuartetError.invalid(path, `is empty; expected a PNG or JPEG in \`encoded\`, or ${formatShape(shape)} in \`pixels\``);
  }
}

async function decode(bytes: Uint8Array, field: string, [height = 0, width = 0, channels = 0]: InputShape): Promise<Float32Array> {
  try {
    return (await decodeImage(bytes, { height, width, channels })).data;
  } catch (error) {
    if (!QuartetError.is(error)) throw error;
    const description = error.violations[0]?.description ?? error.message;
    throw QuartetError.invalid(field, description, error.reason);
  }
}

/** One error for all images that can't be read; its reason is the first one's. */
function together(failures: unknown[]): unknown {
  const violations: FieldViolation[] = [];
  let reason: Reason | undefined;
  for (const failure of failures) {
    if (!QuartetError.is(failure)) return failure;
    reason ??= failure.reason;
    violations.push(...failure.violations);
  }
  const message = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new QuartetError(reason ?? 'INVALID_FIELD', message, { violations });
}
