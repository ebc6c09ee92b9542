import { setImmediate } from 'node:timers/promises';
import { ctcAlign, CtcBeam, logSoftmax } from '@quartet/core';
import type { Units } from './units';

/** Log probabilities of the steps of one recording, as they come; and the search through them. */
export class Decoder {
  readonly classes: number;
  steps = 0;
  private readonly beam: CtcBeam;
  private readonly pieces: Float64Array[] = [];

  /** @param classes The blank included. */
  constructor(classes: number, width: number) {
    this.classes = classes;
    this.beam = new CtcBeam(classes, width);
  }

  /** @param logits [steps, classes]. Yields to other calls now and then. */
  async push(logits: ArrayLike<number>, steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const logProbabilities = logSoftmax(Array.prototype.slice.call(logits, step * this.classes, (step + 1) * this.classes) as number[]);
      this.pieces.push(logProbabilities);
      this.beam.push({ logProbabilities, frames: 1, classes: this.classes });
      if (step % YIELD_EVERY === YIELD_EVERY - 1) await setImmediate();
    }
    this.steps += steps;
  }

  /** The likeliest labels so far, best first. */
  best(count = 1): { labels: number[]; logProbability: number }[] {
    return this.beam.results(count);
  }

  /** The step at which each label begins. */
  starts(labels: readonly number[]): number[] {
    const all = new Float64Array(this.steps * this.classes);
    this.pieces.forEach((piece, step) => all.set(piece, step * this.classes));
    return ctcAlign({ logProbabilities: all, frames: this.steps, classes: this.classes }, labels);
  }
}

const YIELD_EVERY = 64;

export interface Alternative {
  text: string;
  logProbability: number;
}

/** Texts of the best hypotheses; two that spell the same text are one. */
export function alternativesOf(decoder: Decoder, units: Units, count: number): Alternative[] {
  const seen = new Set<string>();
  return decoder
    .best(count)
    .map(({ labels, logProbability }) => ({ text: units.text(labels), logProbability }))
    .filter(({ text }) => !seen.has(text) && seen.add(text));
}
