import type { Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import { heldOutBatches, type Batch } from './held-out';
import type { Picture } from './tensors';

const MOST_ERRORS = 12;

export interface Wrong {
  picture: Picture | undefined;
  /** Row of the part. */
  row: number;
  truth: string;
  said: string;
  probability: number;
}

/** What was said of one example: how sure it was, and whether that is so. */
export interface Answer {
  probability: number;
  right: boolean;
}

export interface Confusion {
  classNames: string[];
  /** [true class][class said], counts. */
  counts: number[][];
  answers: Answer[];
  /** Those that it was surest of, first. */
  worst: Wrong[];
}

/** The likeliest class of each example of a batch. */
export type Classifier = (batch: Batch) => Promise<({ index: number; name: string; probability: number } | undefined)[]>;

/**
 * Has a version classify the first examples of the held-out part.
 * @param told with the share that is done
 */
export async function measureConfusion(classify: Classifier, dataset: Dataset, most: number, told: (share: number) => void, signal: AbortSignal): Promise<Confusion> {
  const classNames = dataset.schema?.classNames ?? [];
  const counts = classNames.map(() => classNames.map(() => 0));
  const wrong: Wrong[] = [];
  const answers: Answer[] = [];
  for await (const batch of heldOutBatches(dataset, most, told, signal)) {
    (await classify(batch)).forEach((best, at) => {
      const truth = batch.labels[at] ?? 0;
      if (!best) return;
      const row = counts[truth];
      if (row) row[best.index] = (row[best.index] ?? 0) + 1;
      const right = best.index === truth;
      answers.push({ probability: best.probability, right });
      if (!right) wrong.push({ picture: batch.pictures[at], row: batch.offset + at, truth: classNames[truth] ?? String(truth), said: best.name || String(best.index), probability: best.probability });
    });
  }
  return { classNames, counts, answers, worst: wrong.sort((a, b) => b.probability - a.probability).slice(0, MOST_ERRORS) };
}
