import { beamSearch, gatherRows, stateNames, type HostTensor, type Hypothesis } from '@quartet/core';
import { END, START } from '../text/tokenizer';

export interface BeamOptions {
  /** 1: greedy. */
  width: number;
  /** Hypotheses wanted, at most `width`. */
  count: number;
  /** Of a hypothesis, the end token included. */
  maxTokens: number;
  lengthPenalty: number;
}

/** A decoder, one token at a time: names as in core's decoderFunctions. */
export interface Decoder {
  /** Size of its vocabulary. */
  tokens: number;
  /** How many tensors its state has. */
  states: number;
  step(inputs: Record<string, HostTensor>, outputs: readonly string[]): Record<string, HostTensor>;
}

/** What an encoder gives of some sources, [sources, ...] each: the first states, and what all steps look at. */
export type Encoded = Record<string, HostTensor>;

/** The best hypotheses of each source, all sources side by side. @param attention Whether they come with what each token looked at. */
export function decodeBeams(decoder: Decoder, encoded: Encoded, { width, count, maxTokens, lengthPenalty }: BeamOptions, attention = false): Hypothesis[][] {
  const [names, next] = [stateNames(decoder.states), stateNames(decoder.states, true)];
  const sources = encoded[names[0]!]!.shape[0]!;
  const repeated = Array.from({ length: sources * width }, (_, row) => Math.floor(row / width));
  const widened = Object.fromEntries(Object.entries(encoded).map(([name, tensor]) => [name, gatherRows(tensor, repeated)]));
  const lookedAt = Object.fromEntries(Object.entries(widened).filter(([name]) => !names.includes(name)));
  const wanted = ['logProbabilities', ...next, ...(attention ? ['attention'] : [])];
  let states = names.map((name) => widened[name]!);
  return beamSearch({
    examples: sources,
    tokens: decoder.tokens,
    start: START,
    end: END,
    maxLength: maxTokens,
    width,
    lengthPenalty,
    count,
    step(token, parents) {
      const given = Object.fromEntries(names.map((name, index) => [name, gatherRows(states[index]!, parents)]));
      const outputs = decoder.step({ token: { dtype: 'int32', shape: [token.length], data: token }, ...lookedAt, ...given }, wanted);
      states = next.map((name) => outputs[name]!);
      return { logProbabilities: outputs['logProbabilities']!.data, ...(attention && { attention: outputs['attention']!.data }) };
    },
  });
}
