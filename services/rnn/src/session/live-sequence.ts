import { QuartetError, type rnn, type Tensor, type Version } from '@quartet/contracts';
import type { Manifest } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { readsNumbers, type ClassifierPlan, type NumbersPlan } from '../classify/plan';
import { languageModelOf } from '../generate/language-model';
import { LanguageReader } from '../generate/language-reader';
import { readPrompt } from '../generate/read-request';
import { toFloatTensor } from '../inputs/to-tensor';
import { readVector } from '../inputs/vector';
import { anyManifest } from '../manifest';
import { START } from '../text/tokenizer';
import type { SequenceState } from './state-bytes';

/** What a step can be. */
export type StepInput = Extract<NonNullable<rnn.StepRequest['message']>, { $case: 'values' | 'text' }>;

/** A sequence that grows step by step. */
export interface LiveSequence {
  state: SequenceState;
  /** @returns the model's answer to all of it. @throws QuartetError for input that doesn't fit; the state is then as before. */
  take(input: StepInput, call: CallScope): Promise<Tensor>;
}

/** What makes a live sequence of a version. */
export interface LiveModel {
  /** Numbers of its state. */
  width: number;
  at(state: SequenceState): LiveSequence;
}

/** @throws QuartetError WRONG_STATE where a model can't go on step by step, saying why. */
export function liveModelOf(runtime: FamilyRuntime, version: Version): LiveModel {
  const manifest = anyManifest(version);
  const { spec } = manifest;
  const refuse = (why: string): QuartetError => new QuartetError('WRONG_STATE', `model '${version.model}' version ${version.version} ${why}`, { metadata: { model: version.model } });
  switch (spec.task) {
    case 'generate':
      return languageSequences(runtime, version);
    case 'classify':
      if (!readsNumbers(spec)) throw refuse(`classifies whole ${spec.reads}; send them to Classify`);
      if (spec.network.bidirectional) throw refuse('reads sequences from both ends and so needs the future; train one with network.bidirectional false, or send whole sequences to Classify');
      if (!manifest.signatures['step']) throw refuse('is of before there were live sessions; train it anew');
      return numberSequences(runtime, version, manifest as Manifest<ClassifierPlan>, spec);
    default:
      throw refuse('does not answer step by step; live sessions are for classifiers of sequences of numbers and for language models');
  }
}

function numberSequences(runtime: FamilyRuntime, version: Version, { signatures }: Manifest<ClassifierPlan>, plan: NumbersPlan): LiveModel {
  const width = signatures['step']!.inputs['state']!.shape[1]!;
  return {
    width,
    at: (state) => ({
      state,
      async take(input, call) {
        if (input.$case !== 'values') throw QuartetError.invalid(input.$case, 'is set, but this model reads numbers; send `values`');
        const values = readVector(input.value, 'values', plan.channels);
        const x = Float32Array.from(values, (value, channel) => (value - plan.mean[channel]!) / plan.deviation[channel]!);
        const { steps, values: before } = this.state;
        const inputs = {
          x: { dtype: 'float32' as const, shape: [1, plan.channels], data: x },
          state: { dtype: 'float32' as const, shape: [1, width], data: before },
          before: { dtype: 'float32' as const, shape: [1], data: Float32Array.of(steps) },
        };
        const { probabilities, nextState } = await runtime.infer(version, 'step', inputs, call);
        this.state = { steps: steps + 1, values: Float32Array.from(nextState!.data) };
        return toFloatTensor(probabilities!.data, [plan.classes]);
      },
    }),
  };
}

function languageSequences(runtime: FamilyRuntime, version: Version): LiveModel {
  const { tokenizer, stateWidth } = languageModelOf(version);
  return {
    width: stateWidth,
    at: (state) => ({
      state,
      async take(input, call) {
        if (input.$case !== 'text') throw QuartetError.invalid(input.$case, 'is set, but this model reads text; send `text`');
        const { ids } = readPrompt(input.value, 'text', tokenizer);
        if (ids.length === 0) throw QuartetError.invalid('text', 'has no token; send some text');
        const { steps, values } = this.state;
        const reader = new LanguageReader(runtime, version, values);
        await reader.read(steps === 0 ? Int32Array.of(START, ...ids) : ids, call);
        this.state = { steps: steps + ids.length, values: reader.state };
        return toFloatTensor(softmax(reader.logits), [tokenizer.size]);
      },
    }),
  };
}

function softmax(logits: Float32Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const each = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = each.reduce((a, b) => a + b, 0);
  return each.map((value) => value / sum);
}
