import type { HostTensor } from '@quartet/core';
import { QuartetError } from '@quartet/contracts';
import type { BeamOptions } from './beam';

/** What Translate and Caption share. */
export interface BeamRequest {
  beamWidth: number;
  alternatives: number;
  lengthPenalty?: number | undefined;
  maxTokens?: number;
}

export const BEAM = { width: 4, lengthPenalty: 0.6 };
const MAX_WIDTH = 32;

/** Fills the defaults in and checks the ranges that the proto files state. @param longest Tokens that the model takes, the end token included. */
export function readBeam(request: BeamRequest, longest: number): BeamOptions {
  const width = request.beamWidth || BEAM.width;
  if (width > MAX_WIDTH) throw QuartetError.invalid('beam_width', `received ${width}, expected 1 (greedy) to ${MAX_WIDTH}, or 0 for ${BEAM.width}`);
  const count = request.alternatives || 1;
  if (count > width) throw QuartetError.invalid('alternatives', `received ${count}, expected at most the beam's width of ${width}; widen it by beam_width`);
  const lengthPenalty = request.lengthPenalty ?? BEAM.lengthPenalty;
  if (!(lengthPenalty >= 0 && lengthPenalty <= 4)) throw QuartetError.invalid('length_penalty', `received ${lengthPenalty}, expected 0 to 4; 0.6 suits most texts`);
  const maxTokens = request.maxTokens || longest;
  if (maxTokens > longest) throw QuartetError.invalid('max_tokens', `received ${maxTokens}, expected at most ${longest}, the most that this model was trained on`);
  return { width, count, lengthPenalty, maxTokens };
}

/** A request's options beside each of its sources, as they travel to the engine worker: float32 [sources, 5]. */
export function toOptionsTensor({ width, count, maxTokens, lengthPenalty }: BeamOptions, attention: boolean, sources: number): HostTensor {
  const row = [width, count, maxTokens, lengthPenalty, attention ? 1 : 0];
  return { dtype: 'float32', shape: [sources, row.length], data: Float32Array.from({ length: sources * row.length }, (_, at) => row[at % row.length]!) };
}

/** One source's options. */
export function optionsOf({ data, shape }: HostTensor, row: number): BeamOptions & { attention: boolean } {
  const columns = shape[1]!;
  const [width, count, maxTokens, lengthPenalty, attention] = Array.from(data.subarray(row * columns, (row + 1) * columns)) as [number, number, number, number, number];
  return { width, count, maxTokens, lengthPenalty, attention: attention === 1 };
}
