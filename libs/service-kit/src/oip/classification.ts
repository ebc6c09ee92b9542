import { QuartetError } from '@quartet/contracts';
import type { BytesTensor, InferenceTensor } from './open-inference';

/**
 * Triton's classification extension: the highest scores of each row as texts `value:index:name`.
 * @param scores FP32 [batch, classes].
 * @returns BYTES [batch, count], the highest first.
 */
export function highest(scores: InferenceTensor, count: number, names: readonly string[]): BytesTensor {
  if (scores.datatype !== 'FP32') throw new QuartetError('INTERNAL', `scores are FP32, not ${scores.datatype}`);
  const [batch = 0, classes = 0] = scores.shape;
  const { data } = scores;
  const elements = Array.from({ length: batch }, (_, row) => {
    const values = Array.from({ length: classes }, (_each, index) => data.readFloatLE(4 * (row * classes + index)));
    const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, count);
    return order.map((index) => Buffer.from(`${values[index]!.toFixed(6)}:${index}:${names[index] ?? index}`));
  }).flat();
  return { datatype: 'BYTES', shape: [batch, count], elements };
}
