import { CoreError } from '../errors';
import { logSum } from './log-sum';

export interface CtcHypothesis {
  labels: number[];
  /** ln of the probability of these labels: a sum over all alignments that the search kept. */
  logProbability: number;
}

/** One example's [frames, classes], row-major: the natural logarithms of the classes' probabilities; the last class is the blank. */
export interface CtcFrames {
  logProbabilities: ArrayLike<number>;
  frames: number;
  classes: number;
}

/** The best class of each frame, repeats taken as one, blanks left out (Graves et al., 2006). */
export function ctcGreedy(given: CtcFrames): number[] {
  check(given);
  const { logProbabilities, frames, classes } = given;
  const labels: number[] = [];
  let previous = -1;
  for (let frame = 0; frame < frames; frame += 1) {
    let best = 0;
    for (let k = 1; k < classes; k += 1) {
      if ((logProbabilities[frame * classes + k] as number) > (logProbabilities[frame * classes + best] as number)) best = k;
    }
    if (best !== previous && best !== classes - 1) labels.push(best);
    previous = best;
  }
  return labels;
}

/**
 * Prefix beam search (Hannun et al., 2014): adds up the alignments that spell the same, which the greedy search doesn't.
 *
 * @param width Prefixes that are kept after each frame, at least 1. @param count How many results are wanted; at most `width`.
 * @returns The most probable first.
 */
export function ctcBeamSearch(given: CtcFrames, width: number, count = 1): CtcHypothesis[] {
  check(given);
  if (!Number.isInteger(width) || width < 1) throw CoreError.invalid('width', `received ${width}, expected a whole number of at least 1`);
  const { logProbabilities, frames, classes } = given;
  const root = new Prefix(undefined, -1);
  root.blank = 0;
  let beam = [root];
  for (let frame = 0; frame < frames; frame += 1) {
    const at = (k: number): number => logProbabilities[frame * classes + k] as number;
    const reached = new Set<Prefix>();
    for (const prefix of beam) {
      const total = prefix.total();
      reached.add(prefix);
      prefix.nextBlank = logSum(prefix.nextBlank, total + at(classes - 1));
      if (prefix.parent) prefix.nextLabel = logSum(prefix.nextLabel, prefix.ended + at(prefix.label));
      for (let k = 0; k < classes - 1; k += 1) {
        const child = prefix.child(k);
        reached.add(child);
        // After the same label only what ended in a blank begins another one.
        child.nextLabel = logSum(child.nextLabel, (k === prefix.label ? prefix.blank : total) + at(k));
      }
    }
    for (const prefix of reached) prefix.advance();
    const sorted = [...reached].sort((a, b) => b.total() - a.total());
    beam = sorted.slice(0, width);
    for (const prefix of sorted.slice(width)) prefix.drop();
  }
  return beam.slice(0, count).map((prefix) => ({ labels: prefix.labels(), logProbability: prefix.total() }));
}

/** Labels, and ln of the chance of the alignments so far that spell them. */
class Prefix {
  /** Of those that end in a blank; of those that end in the last label. */
  blank = -Infinity;
  ended = -Infinity;
  nextBlank = -Infinity;
  nextLabel = -Infinity;
  private readonly children = new Map<number, Prefix>();

  constructor(
    readonly parent: Prefix | undefined,
    readonly label: number,
  ) {}

  total(): number {
    return logSum(this.blank, this.ended);
  }

  child(label: number): Prefix {
    let child = this.children.get(label);
    if (!child) this.children.set(label, (child = new Prefix(this, label)));
    return child;
  }

  advance(): void {
    [this.blank, this.ended] = [this.nextBlank, this.nextLabel];
    this.nextBlank = this.nextLabel = -Infinity;
  }

  drop(): void {
    this.blank = this.ended = -Infinity;
  }

  labels(): number[] {
    return this.parent ? [...this.parent.labels(), this.label] : [];
  }
}

function check({ logProbabilities, frames, classes }: CtcFrames): void {
  if (classes >= 2 && logProbabilities.length >= frames * classes) return;
  throw new CoreError('SHAPE_MISMATCH', `received ${logProbabilities.length} numbers for ${frames} frames of ${classes} classes, expected one each, and two classes or more`);
}
