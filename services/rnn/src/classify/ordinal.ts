import { tf, type Tensor } from '@quartet/core';

/**
 * Probabilities of ordered classes from those that each boundary is passed. Where a later boundary is likelier passed than an earlier one, the
 * class between them has none.
 *
 * @param passed [batch, classes - 1]. @returns [batch, classes], of sum 1.
 */
export function classProbabilities(passed: Tensor): Tensor {
  const [batch] = passed.shape as [number, number];
  const from = tf().ones([batch, 1]).concat(passed, 1);
  const to = passed.concat(tf().zeros([batch, 1]), 1);
  const each = from.sub(to).relu();
  return each.div(each.sum(1, true));
}

/** The class in the middle: as likely passed as not reached. @param probabilities Of one example. */
export function medianClass(probabilities: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < probabilities.length; index++) {
    sum += probabilities[index]!;
    if (sum >= 0.5) return index;
  }
  return probabilities.length - 1;
}

/** How ordered classes were hit. */
export interface OrdinalReport {
  /** Mean distance in classes. */
  meanAbsoluteError: number;
  /** Cohen's kappa with squared distances (Cohen, 1968): 1 for all right, 0 for chance; 0 where only one class occurs. */
  quadraticKappa: number;
}

/** @param confusion [true class][predicted class]: examples. */
export function ordinalReport(confusion: readonly (readonly number[])[]): OrdinalReport {
  const rows = confusion.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = confusion.map((_, column) => confusion.reduce((sum, row) => sum + row[column]!, 0));
  const count = rows.reduce((a, b) => a + b, 0);
  let [distance, observed, expected] = [0, 0, 0];
  confusion.forEach((row, truth) =>
    row.forEach((examples, predicted) => {
      const off = Math.abs(truth - predicted);
      distance += off * examples;
      observed += off * off * examples;
      expected += (off * off * rows[truth]! * columns[predicted]!) / Math.max(count, 1);
    }),
  );
  return { meanAbsoluteError: count === 0 ? 0 : distance / count, quadraticKappa: expected === 0 ? 0 : 1 - observed / expected };
}
