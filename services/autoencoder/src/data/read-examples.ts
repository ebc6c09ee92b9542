import { DataType, QuartetError, type Tensor } from '@quartet/contracts';
import { elementCount, formatShape, kindOf, type HostTensor } from '@quartet/core';
import { readImages, type FamilyRuntime, type ImageInput } from '@quartet/service-kit';
import type { AutoencoderManifest } from '../model-info';

const BYTES: Partial<Record<DataType, 4 | 8>> = { [DataType.DATA_TYPE_FLOAT32]: 4, [DataType.DATA_TYPE_FLOAT64]: 8 };

/**
 * A request's examples as the model's functions take them: float32 [batch, ...], images in 0..1, other data in its columns' own units.
 * @throws QuartetError naming each bad field
 */
export async function readExamples({ settings }: FamilyRuntime, manifest: AutoencoderManifest, input: ImageInput): Promise<HostTensor> {
  const { spec } = manifest;
  if (kindOf(spec) === 'image') return readImages(input, spec.inputShape, settings.QUARTET_MAX_BATCH);
  if (input?.$case === 'images') throw QuartetError.invalid('images', `received images, but the model is of ${what(manifest)}; send \`batch\``);
  return readBatch(input?.value, 'batch', manifest, 1, settings.QUARTET_MAX_BATCH);
}

/** Rows, windows or sequences. @param least Examples, as `most`. */
export function readBatch(tensor: Tensor | undefined, field: string, manifest: AutoencoderManifest, least: number, most: number): HostTensor {
  const { inputShape } = manifest.spec;
  const expected = formatShape(['batch' as never, ...inputShape]);
  if (!tensor) throw QuartetError.invalid(field, `is not set; send ${expected}: ${what(manifest)}`);
  const bytes = BYTES[tensor.dtype];
  if (!bytes) throw QuartetError.invalid(`${field}.dtype`, `received ${DataType[tensor.dtype] ?? tensor.dtype}, expected DATA_TYPE_FLOAT32 or DATA_TYPE_FLOAT64`, 'DTYPE_MISMATCH');
  const shape = tensor.shape.map(Number);
  const [count = 0, ...example] = shape;
  const { varied } = manifest.extra;
  const fits = example.length === inputShape.length && example.every((side, axis) => side === inputShape[axis] || (varied && axis === 0 && side >= 1 && side <= inputShape[0]!));
  if (!fits) {
    const lengths = varied ? `, or of fewer steps than ${inputShape[0]}` : '';
    throw QuartetError.invalid(`${field}.shape`, `received ${formatShape(shape)}, expected ${expected}${lengths}: ${what(manifest)}`, 'SHAPE_MISMATCH');
  }
  if (count < least) throw QuartetError.invalid(`${field}.shape`, `received ${count} examples, expected ${least === most ? least : `${least} to ${most}`}`, 'EMPTY_BATCH');
  if (count > most) throw QuartetError.invalid(`${field}.shape`, `received ${count} examples, expected at most ${most}; split them into several calls`, 'BATCH_TOO_LARGE');
  if (tensor.data.length !== elementCount(shape) * bytes) {
    throw QuartetError.invalid(`${field}.data`, `received ${tensor.data.length} bytes, expected ${elementCount(shape) * bytes} for ${formatShape(shape)} of ${bytes} bytes each`, 'BYTE_COUNT_MISMATCH');
  }
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const values = Float32Array.from({ length: elementCount(shape) }, (_, i) => (bytes === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true)));
  checkNumbers(values, shape, field, manifest);
  return { dtype: 'float32', shape: [count, ...inputShape], data: padded(values, elementCount(example), count, elementCount(inputShape)) };
}

/** `rows of age, income` */
function what({ spec, extra }: AutoencoderManifest): string {
  const columns = extra.columns.length > 0 ? extra.columns.slice(0, 20).join(', ') + (extra.columns.length > 20 ? ', ...' : '') : `${spec.inputShape.at(-1)} columns`;
  if (kindOf(spec) === 'row') return `rows of ${columns}`;
  return extra.varied ? `sequences of ${columns}, shorter ones ending in NaN` : `${spec.inputShape[0]} rows, in order of time, of ${columns}`;
}

/** Every number finite, but for the end of a shorter sequence, which is NaN in all columns. */
function checkNumbers(values: Float32Array, shape: number[], field: string, { spec, extra }: AutoencoderManifest): void {
  const columns = shape.at(-1) ?? 1;
  const steps = shape.length === 3 ? shape[1]! : 1;
  for (let example = 0; example < shape[0]!; example += 1) {
    let length = steps;
    if (extra.varied) while (length > 0 && isEmpty(values, (example * steps + length - 1) * columns, columns)) length -= 1;
    const place = (at: number): string => `example ${example}${spec.inputShape.length > 1 ? `, step ${Math.floor(at / columns) - example * steps}` : ''}, column ${extra.columns[at % columns] ?? at % columns}`;
    if (length === 0) throw QuartetError.invalid(`${field}.data`, `received no number at all in example ${example}; send at least one step`, 'NOT_FINITE');
    for (let at = example * steps * columns; at < (example * steps + length) * columns; at += 1) {
      if (Number.isFinite(values[at])) continue;
      const remedy = Number.isNaN(values[at]) ? 'fill the missing value in, or leave the example out' : 'correct it';
      throw QuartetError.invalid(`${field}.data`, `received ${values[at]} in ${place(at)}, expected a finite float32; ${remedy}`, 'NOT_FINITE');
    }
  }
}

const isEmpty = (values: Float32Array, from: number, columns: number): boolean => values.subarray(from, from + columns).every((value) => Number.isNaN(value));

/** Examples of fewer steps, with NaN up to the longest. */
function padded(values: Float32Array, size: number, count: number, wanted: number): Float32Array {
  if (size === wanted) return values;
  const all = new Float32Array(count * wanted).fill(NaN);
  for (let example = 0; example < count; example += 1) all.set(values.subarray(example * size, (example + 1) * size), example * wanted);
  return all;
}
