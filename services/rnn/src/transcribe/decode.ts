import { setImmediate } from 'node:timers/promises';
import { ctcAlign, CtcBeam, logSoftmax, type HostTensor } from '@quartet/core';
import type { Units } from './units';

/** Labels that beams are tried with before other calls are let in: some milliseconds. */
const YIELD_EVERY = 50_000;

/** Log probabilities of the steps of one recording, as they come; and the search through them. */
export class Decoder {
  readonly classes: number;
  steps = 0;
  private readonly beam: CtcBeam;
  private readonly pieces: Float64Array[] = [];
  private readonly yieldEvery: number;

  /** @param classes The blank included. */
  constructor(classes: number, width: number) {
    this.classes = classes;
    this.beam = new CtcBeam(classes, width);
    this.yieldEvery = Math.max(1, Math.floor(YIELD_EVERY / (classes * width)));
  }

  /** @param logits [steps, classes]. Yields to other calls now and then. */
  async push(logits: HostTensor['data'], steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const logProbabilities = logSoftmax(logits.subarray(step * this.classes, (step + 1) * this.classes));
      this.pieces.push(logProbabilities);
      this.beam.push({ logProbabilities, frames: 1, classes: this.classes });
      if (step % this.yieldEvery === this.yieldEvery - 1) await setImmediate();
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
