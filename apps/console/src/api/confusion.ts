import { Part, type Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import { api } from './clients';
import { numbersOf, picturesOf, rowsOf, type Picture } from './tensors';

const AT_ONCE = 100;
const MOST_ERRORS = 12;

export interface Wrong {
  picture: Picture | undefined;
  /** Row of the part. */
  row: number;
  truth: string;
  said: string;
  probability: number;
}

export interface Confusion {
  classNames: string[];
  /** [true class][class said], counts. */
  counts: number[][];
  examples: number;
  /** Those that it was surest of, first. */
  worst: Wrong[];
}

/** The part that a version wasn't trained on: test, else validation. */
export const heldOut = ({ parts }: Dataset): Part => ([Part.TEST, Part.VALIDATION, Part.TRAIN].find((wanted) => parts.some(({ part, count }) => part === wanted && count > 0n)) ?? Part.TRAIN);

/**
 * Has a version classify the first examples of the held-out part.
 * @param told with the share that is done
 */
export async function measureConfusion(model: { name: string; target: { case: 'version'; value: bigint } }, dataset: Dataset, most: number, told: (share: number) => void, signal: AbortSignal): Promise<Confusion> {
  const classNames = dataset.schema?.classNames ?? [];
  const part = heldOut(dataset);
  const total = Math.min(most, Number(dataset.parts.find((of) => of.part === part)?.count ?? 0n));
  const counts = classNames.map(() => classNames.map(() => 0));
  const wrong: Wrong[] = [];
  for (let offset = 0; offset < total; offset += AT_ONCE) {
    const count = Math.min(AT_ONCE, total - offset);
    const { examples, labels } = await api.datasets.readExamples({ name: dataset.name, part, offset: BigInt(offset), count: BigInt(count) }, { signal });
    if (!examples || !labels) break;
    const truths = numbersOf(labels);
    const { results } = await api.cnn.classify({ model, input: { case: 'batch', value: rowsOf(examples, 0, count) } }, { signal });
    const pictures = picturesOf(examples);
    results.forEach(({ classes: [best] }, at) => {
      const truth = truths[at] ?? 0;
      if (!best) return;
      const row = counts[truth];
      if (row) row[best.index] = (row[best.index] ?? 0) + 1;
      if (best.index !== truth) wrong.push({ picture: pictures[at], row: offset + at, truth: classNames[truth] ?? String(truth), said: best.name || String(best.index), probability: best.probability });
    });
    told((offset + count) / total);
  }
  return { classNames, counts, examples: total, worst: wrong.sort((a, b) => b.probability - a.probability).slice(0, MOST_ERRORS) };
}
