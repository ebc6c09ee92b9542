import { DataType, QuartetError, type Tensor, type Version } from '@quartet/contracts';
import { checkTensor, firstOutside, fromBytes, toUnitRange, type HostTensor } from '@quartet/core';
import { readImages, type ImageInput, type Tensors } from '@quartet/service-kit';
import { kindOf } from './kinds';
import { classOf, manifestOf } from './model-info';

/**
 * A request's examples, and the class that a conditional version must be told.
 * @throws QuartetError with the path of each bad field
 */
export async function readExamples(version: Version, input: ImageInput, className: string, maxBatch: number): Promise<Tensors & { x: HostTensor }> {
  const { spec, classNames } = manifestOf(version);
  const asked = classOf(version, className);
  if (spec.mode === 'conditional' && asked === undefined) {
    throw QuartetError.invalid('class_name', `is empty; ${version.model} version ${version.version} judges an example as one of a class: name one of ${classNames.map((name) => `'${name}'`).join(', ')}`);
  }
  const x = kindOf(spec.exampleShape) === 'image' ? await readImages(input, spec.exampleShape, maxBatch) : readBatch(input, spec.exampleShape, maxBatch);
  const count = x.shape[0] ?? 0;
  return asked === undefined ? { x } : { x, y: { dtype: 'int32', shape: [count], data: new Int32Array(count).fill(asked) } };
}

/** Videos, sounds, or rows of a table. */
function readBatch(input: ImageInput, shape: readonly number[], maxBatch: number): HostTensor {
  const kind = kindOf(shape);
  const video = kind === 'video';
  const wanted = `[batch, ${shape.join(', ')}] ${video ? 'uint8 0..255 or float32 0..1' : kind === 'sound' ? 'float32 in -1..1' : 'float32'}`;
  if (input?.$case === 'images') throw QuartetError.invalid('images', `are set, but the model is of ${kind === 'table' ? 'a table' : `${kind}s`}; send \`batch\`, ${wanted}`);
  if (!input) throw QuartetError.invalid('input', `is not set; send \`batch\`, ${wanted}`);
  const tensor: Tensor = input.value;
  const bytes = video && tensor.dtype === DataType.DATA_TYPE_UINT8;
  if (!bytes && tensor.dtype !== DataType.DATA_TYPE_FLOAT32) {
    throw QuartetError.invalid('batch.dtype', `received ${DataType[tensor.dtype] ?? tensor.dtype}, expected ${video ? 'DATA_TYPE_UINT8 or ' : ''}DATA_TYPE_FLOAT32`, 'DTYPE_MISMATCH');
  }
  const host = fromBytes(bytes ? 'uint8' : 'float32', tensor.shape.map(Number), tensor.data, 'batch');
  checkTensor(host, { name: 'batch', shape: [null, ...shape] });
  const [count = 0] = host.shape;
  const [one, many] = kind === 'table' ? ['row', 'rows'] : [kind, `${kind}s`];
  if (count === 0) throw QuartetError.invalid('batch.shape', `received no ${one}, expected 1 to ${maxBatch}`, 'EMPTY_BATCH');
  if (count > maxBatch) throw QuartetError.invalid('batch.shape', `received ${count} ${many}, expected at most ${maxBatch}; split them into several calls`, 'BATCH_TOO_LARGE');
  if (kind === 'table') return host;
  const least = kind === 'sound' ? -1 : 0;
  const at = bytes ? -1 : firstOutside(host.data, least, 1);
  if (at >= 0) throw QuartetError.invalid('batch.data', `received ${host.data[at]}, expected numbers in ${least}..1; scale them`);
  return toUnitRange(host);
}
