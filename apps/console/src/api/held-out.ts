import { Part, type Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import type { Tensor } from '../generated/quartet/common/v1/tensor_pb';
import { api } from './clients';
import { numbersOf, picturesOf, type Numbers, type Picture } from './tensors';

/** Bytes of one read, well below what a message may have. */
const READ_BYTES = 2_000_000;
const AT_ONCE = 100;

/** The part that a version wasn't trained on: test, else validation. */
export const heldOut = ({ parts }: Dataset): Part => ([Part.TEST, Part.VALIDATION, Part.TRAIN].find((wanted) => parts.some(({ part, count }) => part === wanted && count > 0n)) ?? Part.TRAIN);

/** Examples of a part. */
export const countOf = ({ parts }: Dataset, wanted: Part): number => Number(parts.find(({ part }) => part === wanted)?.count ?? 0n);

export interface Batch {
  examples: Tensor;
  /** By row: its class, or the values of its labels or numbers. */
  labels: Numbers;
  pictures: Picture[];
  /** Row of the part that the first one is. */
  offset: number;
  count: number;
}

/**
 * The first examples of a data set's held-out part, some at a time.
 * @param told with the share that the caller has done
 */
export async function* heldOutBatches(dataset: Dataset, most: number, told: (share: number) => void, signal: AbortSignal): AsyncGenerator<Batch> {
  const part = heldOut(dataset);
  const total = Math.min(most, countOf(dataset, part));
  const bytes = (dataset.schema?.exampleShape ?? []).reduce((size, side) => size * Number(side), 1);
  const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(READ_BYTES / bytes)));
  for (let offset = 0; offset < total; offset += atOnce) {
    const count = Math.min(atOnce, total - offset);
    const { examples, labels } = await api.datasets.readExamples({ name: dataset.name, part, offset: BigInt(offset), count: BigInt(count) }, { signal });
    if (!examples || !labels) return;
    yield { examples, labels: numbersOf(labels), pictures: picturesOf(examples), offset, count };
    told((offset + count) / total);
  }
}
