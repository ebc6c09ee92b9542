import type { LoadedModel } from '@quartet/core';
import type { HostedModel } from '@quartet/service-kit';
import { decodeInEngine } from '../decoding/engine';
import { toOptionsTensor } from '../decoding/options';
import { lengthsOf, padded } from '../decoding/padded';
import { functionsOf, type TranslatorPlan } from './plan';

/** A translator in an engine worker. Its one method, `decode`, is a whole translation: see decodeInEngine. */
export function hostedTranslator(model: LoadedModel, plan: TranslatorPlan): HostedModel {
  // Versions from before there was copying don't say.
  const { copy = false, layers, cell, targetTokens } = plan.model;
  const states = layers * (cell === 'lstm' ? 2 : 1) + Number(copy);
  const kept = copy ? ['source', 'sourceLength'] : ['sourceLength'];
  const decode: HostedModel['run'] = (_, inputs) =>
    decodeInEngine(model, { ...functionsOf(inputs['source']!.shape[1]!), kept, tokens: targetTokens, states }, inputs);
  // Each length once: the first request shall be as fast as the next.
  for (const length of new Set(plan.buckets.map(({ source }) => source))) {
    void decode('decode', { source: padded([[0]], length), sourceLength: lengthsOf([[0]]), options: toOptionsTensor({ width: 4, count: 1, maxTokens: 2, lengthPenalty: 0 }, false, 1) });
  }
  return { run: decode, dispose: () => model.dispose() };
}
