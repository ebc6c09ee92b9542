import { CoreError } from '../errors';

export interface TimeGradientFinding {
  verdict: 'vanishing' | 'exploding' | 'not_finite';
  evidence: string;
  remedy: string;
}

export interface TimeGradientReport {
  /** |dL/dh_t| of the first step over that of the reference, a tenth of the sequence before its end. */
  ratio: number;
  /** Steps, counted from the last, over which it stays above a hundredth of the reference's: how far back the net can learn from. */
  reach: number;
  /** None where the gradient gets through. */
  finding?: TimeGradientFinding;
}

// Orders of magnitude, so that no sound training is accused: a factor of a thousand and more, and less than half of the sequence in reach.
const LIMITS = { vanishing: 1e-3, exploding: 1e3, reach: 0.01 };
/** The last step's gradient comes straight from the loss; an LSTM's h before it counts through the gates alone, and is far smaller. */
const REFERENCE = 0.9;

/**
 * Judges how a gradient fares on its way back through time (Hochreiter, 1991; Pascanu et al., 2013): see RecurrentCall.onTimeGradients.
 * Meant for a loss of the last step; where every step has a loss of its own, near ones hide what far ones lose.
 *
 * @param norms |dL/dh_t|, [time].
 */
export function judgeTimeGradients(norms: ArrayLike<number>): TimeGradientReport {
  const time = norms.length;
  if (time < 2) throw CoreError.invalid('norms', `received ${time}, expected those of two steps or more`);
  const at = Math.floor(REFERENCE * (time - 1));
  const [first, last, reference] = [norms[0] as number, norms[time - 1] as number, norms[at] as number];
  const bad = Array.from(norms).findLastIndex((norm) => !Number.isFinite(norm));
  if (bad >= 0) {
    const evidence = `|dL/dh_t| is ${norms[bad]} at step ${bad + 1} of ${time}, on its way back from ${short(last)} at the last`;
    const remedy = 'clip the gradients to a global norm (say 1), train with a lower learning rate, and look for inputs that are not finite';
    return { ratio: NaN, reach: time - 1 - bad, finding: { verdict: 'not_finite', evidence, remedy } };
  }
  const ratio = first / reference;
  const near = Array.from(norms).findLastIndex((norm) => norm < LIMITS.reach * reference);
  const reach = time - 1 - near;
  const course = `|dL/dh_t| goes from ${short(reference)} at step ${at + 1} of ${time} to ${short(first)} at the first`;
  if (ratio < LIMITS.vanishing && reach < time / 2) {
    const evidence = `${course}; ${reach} steps before the end it is below a hundredth of that`;
    const remedy = 'use an LSTM or a GRU with a gate that starts open (forget bias near the logarithm of the length), start from an orthogonal recurrent kernel, or use shorter sequences';
    return { ratio, reach, finding: { verdict: 'vanishing', evidence, remedy } };
  }
  if (ratio > LIMITS.exploding) {
    const remedy = 'clip the gradients to a global norm (say 1), start from an orthogonal recurrent kernel, or train with a lower learning rate';
    return { ratio, reach, finding: { verdict: 'exploding', evidence: course, remedy } };
  }
  return { ratio, reach };
}

const short = (value: number): string => value.toPrecision(3);
