import { CoreError } from '../errors';
import { elementCount, formatShape, type DType } from '../tensor/host-tensor';
import type { ExampleBatch } from './objective';

/**
 * Checks one input of a batch: dtype, the shape of an example (null: any size), count of elements, and that it has as many
 * examples as the batch's other inputs.
 *
 * @throws CoreError SHAPE_MISMATCH or DTYPE_MISMATCH.
 */
export function checkInput({ inputs, count }: ExampleBatch, name: string, dtype: DType, exampleShape: readonly (number | null)[]): void {
  const input = inputs[name];
  if (!input) throw new CoreError('SHAPE_MISMATCH', `received a batch of ${Object.keys(inputs).join(', ')}, expected an input ${name}`);
  if (input.dtype !== dtype) throw new CoreError('DTYPE_MISMATCH', `input ${name}: received ${input.dtype}, expected ${dtype}`);
  const [size = 0, ...example] = input.shape;
  const batch = Object.values(inputs)[0]?.shape[0];
  const fits = example.length === exampleShape.length && exampleShape.every((side, axis) => side === null || side === example[axis]);
  if (fits && input.data.length === elementCount(input.shape) && size === batch && count >= 1 && count <= size) return;
  throw new CoreError(
    'SHAPE_MISMATCH',
    `input ${name}: received shape ${formatShape(input.shape)} with ${input.data.length} numbers, in a batch of ${batch} of which ${count} count, ` +
      `expected ${formatShape([null, ...exampleShape])}, as many examples in each input, and 1 to all of them counting`,
  );
}
