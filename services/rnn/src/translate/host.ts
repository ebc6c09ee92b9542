import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor, LoadedModel } from '@quartet/core';
import type { HostedModel, Tensors } from '@quartet/service-kit';
import { decodeInEngine } from '../decoding/engine';
import { toOptionsTensor } from '../decoding/options';
import { lengthsOf, padded } from '../decoding/padded';
import { tokenizerFor } from '../text/tokenizer-for';
import { knownOf, MEMORY_FILE, TranslationMemory, type TextPair } from './memory';
import { functionsOf, type TranslatorPlan } from './plan';
import { fromCharacters, toRows } from './recall';

/** A translator in an engine worker: `decode` is a whole translation (see decodeInEngine), `recall` finds what is known of similar texts. */
export async function hostedTranslator(folder: string, model: LoadedModel, plan: TranslatorPlan): Promise<HostedModel> {
  // Versions from before there was copying don't say.
  const { copy = false, layers, cell, targetTokens } = plan.model;
  const states = layers * (cell === 'lstm' ? 2 : 1) + Number(copy);
  const kept = copy ? ['source', 'sourceLength'] : ['sourceLength'];
  const decode = (inputs: Tensors): Tensors => decodeInEngine(model, { ...functionsOf(inputs['source']!.shape[1]!), kept, tokens: targetTokens, states }, inputs);
  const recall = plan.memory ? await recaller(folder, plan, plan.memory) : undefined;
  // Each length once: the first request shall be as fast as the next.
  for (const length of new Set(plan.buckets.map(({ source }) => source))) {
    decode({ source: padded([[0]], length), sourceLength: lengthsOf([[0]]), options: toOptionsTensor({ width: 4, count: 1, maxTokens: 2, lengthPenalty: 0 }, false, 1) });
  }
  return { run: (method, inputs) => (method === 'recall' ? { known: recall!(inputs['texts']!) } : decode(inputs)), dispose: () => model.dispose() };
}

/** @returns From texts to the tokens that stand after each: see recall.ts. */
async function recaller(folder: string, plan: TranslatorPlan, count: number): Promise<(texts: HostTensor) => HostTensor> {
  const memory = new TranslationMemory(JSON.parse(await readFile(join(folder, MEMORY_FILE), 'utf8')) as TextPair[]);
  const tokenizer = tokenizerFor(plan.target);
  return (texts) => toRows(fromCharacters(texts).map((text) => knownOf(tokenizer, memory, text, count)));
}
