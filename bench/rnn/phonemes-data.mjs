// Words and how they are said: CMU's pronouncing dictionary, stress left out, as is usual for this task.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { npmPackage } from './packages.mjs';
import { int32, shuffled } from './process.mjs';

export const [PAD, START, END] = [0, 1, 2];
const SPECIAL = 3;

/** Lengths that words (letters) and their phonemes (with the end token) are padded to: one captured graph each. */
export const BUCKETS = [[6, 7], [7, 8], [8, 9], [10, 10], [12, 12], [18, 18]];

/** @returns Letters, phonemes and three sets of words that have no word in common; each word with all its pronunciations. */
export async function loadPhonemes(testWords, validationWords) {
  const folder = npmPackage('cmu-pronouncing-dictionary', '3.0.0', 'ca16ac157e95277ffe1ca105a5ca2c833a15626024f15711c2a425da367b68ce');
  const { dictionary } = await import(pathToFileURL(join(folder, 'index.js')));
  const words = new Map();
  for (const [entry, said] of Object.entries(dictionary)) {
    const spelling = entry.replace(/\(\d+\)$/, '');
    const phonemes = said.replace(/#.*/, '').replace(/\d/g, '').trim().split(/\s+/);
    const known = words.get(spelling) ?? [];
    if (!known.some((other) => other.join() === phonemes.join())) words.set(spelling, [...known, phonemes]);
  }
  const all = [...words].map(([spelling, pronunciations]) => ({ letters: [...spelling], pronunciations }));
  // The split is always the same, whatever the seed of the training.
  const order = shuffled(all.length, 0, 'phonemes');
  const part = (from, to) => Array.from(order.subarray(from, to), (index) => all[index]);
  return {
    letters: vocabulary(all.map((word) => word.letters)),
    phonemes: vocabulary(all.flatMap((word) => word.pronunciations)),
    test: part(0, testWords),
    validation: part(testWords, testWords + validationWords),
    training: part(testWords + validationWords, all.length),
  };
}

function vocabulary(sequences) {
  const tokens = [...new Set(sequences.flat())].sort();
  const ids = new Map(tokens.map((token, index) => [token, index + SPECIAL]));
  return { size: tokens.length + SPECIAL, idsOf: (sequence) => sequence.map((token) => ids.get(token)), tokensOf: (list) => Array.from(list, (id) => tokens[id - SPECIAL] ?? '?') };
}

/** Each pronunciation is an example. Words too long for the last bucket are left out: one in a thousand. */
export function examplesOf(words, { letters, phonemes }) {
  return words.flatMap((word) => {
    const source = letters.idsOf(word.letters);
    return word.pronunciations.map((said) => ({ source, target: [...phonemes.idsOf(said), END] }));
  });
}

/** Batches of examples of about one length, in an order that depends on seed and pass alone. */
export class PhonemeBatches {
  constructor(examples, batchSize, seed, buckets = BUCKETS) {
    Object.assign(this, { batchSize, seed, pass: -1 });
    this.buckets = buckets.map(([source, target], index) => ({
      source,
      target,
      examples: examples.filter((example) => buckets.findIndex(([s, t]) => example.source.length <= s && example.target.length <= t) === index),
    }));
    this.batchesPerPass = this.buckets.reduce((sum, bucket) => sum + Math.floor(bucket.examples.length / batchSize), 0);
  }

  /** @param index Of all batches of the training, from 0. */
  batch(index) {
    const pass = Math.floor(index / this.batchesPerPass);
    if (pass !== this.pass) this.shuffle(pass);
    const { bucket, start, order } = this.plan[this.passOrder[index % this.batchesPerPass]];
    return batchOf(Array.from(order.subarray(start, start + this.batchSize), (at) => bucket.examples[at]), bucket);
  }

  /** All examples in order, the last batch of each bucket padded: to validate on. */
  *inOrder() {
    for (const bucket of this.buckets) {
      for (let start = 0; start < bucket.examples.length; start += this.batchSize) {
        const some = bucket.examples.slice(start, start + this.batchSize);
        const padding = Array.from({ length: this.batchSize - some.length }, () => some[0]);
        yield { ...batchOf([...some, ...padding], bucket), count: some.length };
      }
    }
  }

  shuffle(pass) {
    this.pass = pass;
    this.plan = this.buckets.flatMap((bucket, which) => {
      const order = shuffled(bucket.examples.length, this.seed, 'pass', pass, which);
      return Array.from({ length: Math.floor(order.length / this.batchSize) }, (_, index) => ({ bucket, order, start: index * this.batchSize }));
    });
    // One of each bucket first: a graph that is new later on costs all others anew.
    const first = this.buckets.map((bucket) => this.plan.findIndex((batch) => batch.bucket === bucket));
    const order = shuffled(this.plan.length, this.seed, 'batches', pass);
    this.passOrder = [...first, ...order.filter((index) => !first.includes(index))];
  }
}

function batchOf(examples, { source, target }) {
  return {
    inputs: {
      source: padded(examples.map((example) => example.source), source),
      sourceLengths: int32([examples.length], Int32Array.from(examples, (example) => example.source.length)),
      target: padded(examples.map((example) => example.target), target),
      targetLengths: int32([examples.length], Int32Array.from(examples, (example) => example.target.length)),
    },
    count: examples.length,
  };
}

/** [sequences, length], int32. */
export function padded(sequences, length) {
  const data = new Int32Array(sequences.length * length).fill(PAD);
  sequences.forEach((sequence, row) => data.set(sequence, row * length));
  return int32([sequences.length, length], data);
}

