import { DataType, QuartetError, type Tensor, type Version } from '@quartet/contracts';
import { checkTensor, fromBytes, type HostTensor } from '@quartet/core';
import { readImages, type ImageInput, type Tensors } from '@quartet/service-kit';
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
  const x = spec.exampleShape.length === 3 ? await readImages(input, spec.exampleShape, maxBatch) : readRows(input, spec.exampleShape, maxBatch);
  const count = x.shape[0] ?? 0;
  return asked === undefined ? { x } : { x, y: { dtype: 'int32', shape: [count], data: new Int32Array(count).fill(asked) } };
}

function readRows(input: ImageInput, shape: readonly number[], maxBatch: number): HostTensor {
  if (input?.$case === 'images') throw QuartetError.invalid('images', 'are set, but the model is of a table; send `batch`, [batch, columns] float32');
  if (!input) throw QuartetError.invalid('input', `is not set; send \`batch\`, [batch, ${shape.join(', ')}] float32`);
  const tensor: Tensor = input.value;
  if (tensor.dtype !== DataType.DATA_TYPE_FLOAT32) throw QuartetError.invalid('batch.dtype', `received ${DataType[tensor.dtype] ?? tensor.dtype}, expected DATA_TYPE_FLOAT32`, 'DTYPE_MISMATCH');
  const host = fromBytes('float32', tensor.shape.map(Number), tensor.data, 'batch');
  checkTensor(host, { name: 'batch', shape: [null, ...shape] });
  const [count = 0] = host.shape;
  if (count === 0) throw QuartetError.invalid('batch.shape', `received no row, expected 1 to ${maxBatch}`, 'EMPTY_BATCH');
  if (count > maxBatch) throw QuartetError.invalid('batch.shape', `received ${count} rows, expected at most ${maxBatch}; split them into several calls`, 'BATCH_TOO_LARGE');
  return host;
}
