import { gatherRows, type HostTensor, type Hypothesis, type LoadedModel } from '@quartet/core';
import type { Tensors } from '@quartet/service-kit';
import { decodeBeams, type Decoder } from './beam';
import { optionsOf } from './options';

/** Rows of a step (hypotheses of all sources) at most: bounds the memory of a step's probabilities and of what it looks at. */
const MAX_ROWS = 128;

/** An artefact's functions for sources of one shape. */
export interface DecodingFunctions {
  encode: string;
  step: string;
  /** Of the encoder's inputs, those that the steps are given as well. */
  kept: readonly string[];
  tokens: number;
  states: number;
}

/**
 * Encodes sources once and decodes them by beam search, in the engine worker: a step's way through threads would take longer than the step.
 * Sources of several requests go side by side where their options are equal.
 *
 * @param inputs The encoder's inputs, and `options`: see toOptionsTensor.
 * @returns `tokens` [sources, hypotheses, length] int32, -1 after a hypothesis' end; `scores` [sources, hypotheses]; `ended` likewise, 1 where the
 *   end token came; `attention` [sources, length + 1, source] of the best one, zeros where it wasn't asked for.
 */
export function decodeInEngine(model: LoadedModel, functions: DecodingFunctions, { options, ...given }: Tensors): Tensors {
  const rows = options!.shape[0]!;
  const groups = new Map<string, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = JSON.stringify(optionsOf(options!, row));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const results = new Array<Hypothesis[]>(rows);
  for (const group of groups.values()) {
    const { attention, ...beam } = optionsOf(options!, group[0]!);
    const atOnce = Math.max(1, Math.floor(MAX_ROWS / beam.width));
    for (let at = 0; at < group.length; at += atOnce) {
      const some = group.slice(at, at + atOnce);
      const inputs = Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, gatherRows(tensor, some)]));
      const encoded = { ...model.run<string>(inputs, undefined, functions.encode), ...Object.fromEntries(functions.kept.map((name) => [name, inputs[name]!])) };
      const decoder: Decoder = { tokens: functions.tokens, states: functions.states, step: (of, outputs) => model.run(of, outputs, functions.step) };
      decodeBeams(decoder, encoded, beam, attention).forEach((found, index) => (results[some[index]!] = found));
    }
  }
  return toTensors(results);
}

function toTensors(results: Hypothesis[][]): Tensors {
  const all = results.flat();
  const sources = results.length;
  const count = Math.max(...results.map((found) => found.length));
  const length = Math.max(1, ...all.map(({ tokens }) => tokens.length));
  const tokens = new Int32Array(sources * count * length).fill(-1);
  const [scores, ended] = [new Float32Array(sources * count).fill(-Infinity), new Int32Array(sources * count)];
  const width = Math.max(...results.map(([best]) => best?.attention[0]?.length ?? 0));
  const attention = new Float32Array(sources * (length + 1) * width);
  results.forEach((found, source) => {
    found.forEach((hypothesis, index) => {
      const at = source * count + index;
      tokens.set(hypothesis.tokens, at * length);
      scores[at] = hypothesis.score;
      ended[at] = Number(hypothesis.ended);
    });
    found[0]?.attention.forEach((row, at) => attention.set(row, (source * (length + 1) + at) * width));
  });
  return {
    tokens: { dtype: 'int32', shape: [sources, count, length], data: tokens },
    scores: { dtype: 'float32', shape: [sources, count], data: scores },
    ended: { dtype: 'int32', shape: [sources, count], data: ended },
    ...(width > 0 && { attention: { dtype: 'float32', shape: [sources, length + 1, width], data: attention } }),
  };
}

/** What decodeInEngine found for one source. */
export interface Found {
  tokens: Int32Array;
  score: number;
  ended: boolean;
}

/** Best first. */
export function foundIn({ tokens, scores, ended }: Tensors, source: number): Found[] {
  const [, count, length] = tokens!.shape as [number, number, number];
  const found: Found[] = [];
  for (let at = source * count; at < (source + 1) * count; at++) {
    const score = scores!.data[at]!;
    if (score === -Infinity) break;
    const row = tokens!.data.subarray(at * length, (at + 1) * length) as Int32Array;
    const end = row.indexOf(-1);
    found.push({ tokens: end < 0 ? row : row.subarray(0, end), score, ended: ended!.data[at] === 1 });
  }
  return found;
}

/** [length + 1, source] of a source's best hypothesis, where it was asked for. */
export function attentionIn({ attention }: Tensors, source: number): HostTensor | undefined {
  if (!attention) return undefined;
  const [, length, width] = attention.shape as [number, number, number];
  return { dtype: 'float32', shape: [length, width], data: attention.data.subarray(source * length * width, (source + 1) * length * width) };
}
