import { api } from '../api/clients';
import type { Classifier } from '../api/confusion';
import { heldOutBatches } from '../api/held-out';
import { numbersOf, rowsOf, type Picture } from '../api/tensors';
import type { Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import type { Picked } from '../parts/model-picker';
import type { CnnKind } from './model';

/** Asks for classes by the call that the kind of model takes. */
export function classifierOf({ ref }: Picked, kind: CnnKind, signal: AbortSignal): Classifier {
  return async ({ examples, count }) => {
    const request = { model: ref, input: { case: 'batch' as const, value: rowsOf(examples, 0, count) } };
    const { results } = kind === 'video' ? await api.cnn.classifyVideo(request, { signal }) : await api.cnn.classify(request, { signal });
    return results.map(({ classes }) => classes[0]);
  };
}

/** [example][label]: what is said, and what is so. */
export interface LabelAnswers {
  probabilities: number[][];
  truths: boolean[][];
}

export async function measureLabels({ ref }: Picked, labels: number, dataset: Dataset, most: number, told: (share: number) => void, signal: AbortSignal): Promise<LabelAnswers> {
  const measured: LabelAnswers = { probabilities: [], truths: [] };
  for await (const batch of heldOutBatches(dataset, most, told, signal)) {
    const { results } = await api.cnn.classify({ model: ref, topK: labels, input: { case: 'batch', value: rowsOf(batch.examples, 0, batch.count) } }, { signal });
    results.forEach(({ classes }, at) => {
      const row = Array.from({ length: labels }, () => 0);
      for (const { index, probability } of classes) row[index] = probability;
      measured.probabilities.push(row);
      measured.truths.push(row.map((_, label) => batch.labels[at * labels + label] === 1));
    });
  }
  return measured;
}

export interface LabelScore {
  /** Examples that have it. */
  support: number;
  precision: number;
  recall: number;
  f1: number;
}

/** Of one label, where examples with a probability of at least the threshold are said to have it. */
export function scoreOf({ probabilities, truths }: LabelAnswers, label: number, threshold: number): LabelScore {
  let [hits, said, support] = [0, 0, 0];
  probabilities.forEach((row, at) => {
    const [has, says] = [truths[at]?.[label] === true, (row[label] ?? 0) >= threshold];
    support += Number(has);
    said += Number(says);
    hits += Number(has && says);
  });
  return { support, precision: said > 0 ? hits / said : NaN, recall: support > 0 ? hits / support : NaN, f1: said + support > 0 ? (2 * hits) / (said + support) : NaN };
}

/** The threshold, in hundredths, with the best F1 of a label; of several the middle one. */
export function bestThreshold(answers: LabelAnswers, label: number): number {
  const tried = Array.from({ length: 99 }, (_, at) => ({ threshold: (at + 1) / 100, f1: scoreOf(answers, label, (at + 1) / 100).f1 || 0 }));
  const most = Math.max(...tried.map(({ f1 }) => f1));
  const best = tried.filter(({ f1 }) => f1 === most);
  return best[Math.floor(best.length / 2)]?.threshold ?? 0.5;
}

/** Of one number of one example. */
export interface NumberAnswer {
  row: number;
  truth: number;
  said: number;
  picture: Picture | undefined;
}

/** [number][example]. */
export async function measureNumbers({ ref }: Picked, numbers: number, dataset: Dataset, most: number, told: (share: number) => void, signal: AbortSignal): Promise<NumberAnswer[][]> {
  const measured: NumberAnswer[][] = Array.from({ length: numbers }, () => []);
  for await (const batch of heldOutBatches(dataset, most, told, signal)) {
    const { values } = await api.cnn.predict({ model: ref, input: { case: 'batch', value: rowsOf(batch.examples, 0, batch.count) } }, { signal });
    const said = values ? numbersOf(values) : [];
    for (let at = 0; at < batch.count; at++) {
      measured.forEach((of, number) => of.push({ row: batch.offset + at, truth: batch.labels[at * numbers + number] ?? NaN, said: said[at * numbers + number] ?? NaN, picture: batch.pictures[at] }));
    }
  }
  return measured;
}
