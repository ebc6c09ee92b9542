import type { LoadedModel } from '@quartet/core';
import type { HostedModel } from '@quartet/service-kit';
import { decodeInEngine, type DecodingFunctions } from '../decoding/engine';
import { toOptionsTensor } from '../decoding/options';
import { stackedEmbeddings } from './examples';
import type { CaptionerPlan } from './plan';

/** A captioner in an engine worker. Its one method, `decode`, writes whole captions: see decodeInEngine. */
export function hostedCaptioner(model: LoadedModel, { model: options, mean }: CaptionerPlan): HostedModel {
  const functions: DecodingFunctions = { encode: 'encode', step: 'step', kept: [], tokens: options.tokens, states: options.layers * (options.cell === 'lstm' ? 2 : 1) };
  const run: HostedModel['run'] = (_, inputs) => decodeInEngine(model, functions, inputs);
  // Once, so that the first request is as fast as the next.
  void run('decode', { embedding: stackedEmbeddings([new Float32Array(mean.length)]), options: toOptionsTensor({ width: 4, count: 1, maxTokens: 2, lengthPenalty: 0 }, false, 1) });
  return { run, dispose: () => model.dispose() };
}
