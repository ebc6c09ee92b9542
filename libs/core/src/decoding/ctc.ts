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
  const beam = new CtcBeam(given.classes, width);
  beam.push(given);
  return beam.results(count);
}

/** As `ctcBeamSearch`, of frames that come piece by piece: all together they give what the whole gives. */
export class CtcBeam {
  private beam: Prefix[];

  /** @param classes The blank included. @param width Prefixes that are kept after each frame, at least 1. */
  constructor(
    private readonly classes: number,
    private readonly width: number,
  ) {
    if (!Number.isInteger(width) || width < 1) throw CoreError.invalid('width', `received ${width}, expected a whole number of at least 1`);
    const root = new Prefix(undefined, -1);
    root.blank = 0;
    this.beam = [root];
  }

  push(given: CtcFrames): void {
    check(given);
    if (given.classes !== this.classes) throw new CoreError('SHAPE_MISMATCH', `received frames of ${given.classes} classes, expected ${this.classes}`);
    for (let frame = 0; frame < given.frames; frame += 1) this.frame(given.logProbabilities, frame * this.classes);
  }

  /** The most probable so far, best first. */
  results(count = 1): CtcHypothesis[] {
    return this.beam.slice(0, count).map((prefix) => ({ labels: prefix.labels(), logProbability: prefix.total() }));
  }

  private frame(logProbabilities: ArrayLike<number>, offset: number): void {
    const { classes, width } = this;
    const at = (k: number): number => logProbabilities[offset + k] as number;
    const reached = new Set<Prefix>();
    for (const prefix of this.beam) {
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
    this.beam = sorted.slice(0, width);
    for (const prefix of sorted.slice(width)) prefix.drop();
  }
}

/**
 * The likeliest frames at which labels begin, given that they are what is said: the best path through them and the blanks between
 * (Viterbi, 1967, over the states of Graves et al., 2006).
 *
 * @returns For each label its first frame, ascending. @throws CoreError INVALID_FIELD where the frames are too few for the labels.
 */
export function ctcAlign(given: CtcFrames, labels: readonly number[]): number[] {
  check(given);
  const { logProbabilities, frames, classes } = given;
  const states = 2 * labels.length + 1;
  const classOf = (state: number): number => (state % 2 === 0 ? classes - 1 : (labels[(state - 1) / 2] as number));
  let scores = new Float64Array(states).fill(-Infinity);
  scores[0] = 0;
  /** How many states back the best path came from, [frames, states]. */
  const back = new Uint8Array(frames * states);
  for (let frame = 0; frame < frames; frame += 1) {
    const next = new Float64Array(states).fill(-Infinity);
    for (let state = 0; state < states; state += 1) {
      // Before the first frame only the start is there, which goes to the first blank or the first label.
      const skips = state % 2 === 1 && state > 1 && classOf(state) !== classOf(state - 2);
      let from = 0;
      if (state > 0 && (scores[state - 1] as number) > (scores[state] as number)) from = 1;
      if (skips && (scores[state - 2] as number) > (scores[state - from] as number)) from = 2;
      next[state] = (scores[state - from] as number) + (logProbabilities[frame * classes + classOf(state)] as number);
      back[frame * states + state] = from;
    }
    scores = next;
  }
  let state = states > 1 && (scores[states - 2] as number) > (scores[states - 1] as number) ? states - 2 : states - 1;
  if (scores[state] === -Infinity) throw CoreError.invalid('labels', `received ${labels.length}, which ${frames} frames can't spell`);
  const starts = new Array<number>(labels.length).fill(0);
  for (let frame = frames - 1; frame >= 0; frame -= 1) {
    if (state % 2 === 1) starts[(state - 1) / 2] = frame;
    state -= back[frame * states + state] as number;
  }
  return starts;
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
