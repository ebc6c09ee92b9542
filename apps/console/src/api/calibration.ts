import type { Answer } from './confusion';

/** As the service measures it (Guo et al., 2017). */
const BINS = 15;

/** Answers that were about as sure. */
export interface Bin {
  from: number;
  to: number;
  count: number;
  /** Mean probability, and share that is right; undefined: no answer was so sure. */
  confidence: number | undefined;
  accuracy: number | undefined;
}

/** Bins (0, 1/15], (1/15, 2/15], ... */
export function binsOf(answers: readonly Answer[]): Bin[] {
  const binOf = ({ probability }: Answer) => Math.min(BINS - 1, Math.max(0, Math.ceil(probability * BINS) - 1));
  return Array.from({ length: BINS }, (_, at) => {
    const own = answers.filter((answer) => binOf(answer) === at);
    const count = own.length;
    return {
      from: at / BINS,
      to: (at + 1) / BINS,
      count,
      confidence: count > 0 ? own.reduce((sum, { probability }) => sum + probability, 0) / count : undefined,
      accuracy: count > 0 ? own.filter(({ right }) => right).length / count : undefined,
    };
  });
}

/** The expected calibration error: how far probability and share of right answers are apart, by the mean over answers. */
export function calibrationError(bins: readonly Bin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, { count, confidence = 0, accuracy = 0 }) => sum + count * Math.abs(confidence - accuracy), 0) / (total || 1);
}
