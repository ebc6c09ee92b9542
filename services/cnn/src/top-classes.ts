import type { cnn } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';

/**
 * The `count` most likely classes of each row.
 * @param probabilities [batch, classes]
 * @param unsureBelow a row whose largest probability is below this is unsure
 */
export function topClasses({ shape, data }: HostTensor, count: number, names: readonly string[], unsureBelow = 0): cnn.Classification[] {
  const [batch = 0, classes = 0] = shape;
  return Array.from({ length: batch }, (_, row) => {
    const scores = data.subarray(row * classes, (row + 1) * classes);
    const order = Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
    return { classes: order.slice(0, count).map((index) => ({ index, name: names[index] ?? `${index}`, probability: scores[index] ?? 0 })), unsure: (scores[order[0] ?? 0] ?? 0) < unsureBelow };
  });
}

/** Of an image's labels, those that it has, a probability of at least this. */
const HAS = 0.5;

/**
 * The labels that each image has, most likely first.
 * @param probabilities [batch, labels]
 */
export function labelsHad(probabilities: HostTensor, names: readonly string[]): cnn.Classification[] {
  return topClasses(probabilities, probabilities.shape[1] ?? 0, names).map(({ classes, unsure }) => ({ classes: classes.filter(({ probability }) => probability >= HAS), unsure }));
}
