import { dense, dropout, languageModel, Parameters, stateNames, tf, type ForwardContext, type ModelFunction, type NamedVariable, type Tensor } from '@quartet/core';
import type { CaptionerPlan } from './plan';

export interface Captioner {
  readonly weights: readonly NamedVariable[];
  /** How many tensors the decoder's state has. */
  readonly states: number;
  /** [batch, time, tokens] of the token after each of `inputs`, [batch, time] int32, which begin with the start token. @param embedding [batch, features], scaled. */
  logits(inputs: Tensor, embedding: Tensor, context: ForwardContext): Tensor;
  /** For writeModel: `encode`, an `embedding` [features] to the first states; `step`, as core's decoderFunctions' without a memory. */
  functions(): Record<'encode' | 'step', ModelFunction>;
  dispose(): void;
}

/** A language model whose first states are made from an image's embedding (Vinyals et al., 2015, "Show and Tell"). */
export function buildCaptioner({ model: options, mean }: CaptionerPlan, seed: bigint): Captioner {
  const parameters = new Parameters(seed);
  const decoder = languageModel(parameters.scope('decoder'), options);
  const { stateUnits } = decoder;
  const bridge = dense(parameters.scope('bridge'), mean.length, stateUnits.reduce((sum, units) => sum + units, 0), { activation: 'tanh' });
  const drop = dropout(parameters.scope('bridge'), options.dropout);
  const first = (embedding: Tensor, context: ForwardContext): Tensor[] => tf().split(bridge(drop(embedding, context), context), [...stateUnits], 1);
  const [names, next] = [stateNames(stateUnits.length), stateNames(stateUnits.length, true)];
  const answer: ForwardContext = { training: false };
  const named = (keys: readonly string[], states: readonly Tensor[]): Record<string, Tensor> => Object.fromEntries(keys.map((name, index) => [name, states[index]!]));
  return {
    weights: parameters.all,
    states: stateUnits.length,
    logits: (inputs, embedding, context) => decoder.apply(inputs, context, first(embedding, context)).logits,
    functions: () => ({
      encode: { inputs: { embedding: { dtype: 'float32', shape: [mean.length] } }, compute: ({ embedding }) => named(names, first(embedding!, answer)) },
      step: {
        inputs: { token: { dtype: 'int32', shape: [] }, ...Object.fromEntries(names.map((name, index) => [name, { dtype: 'float32' as const, shape: [stateUnits[index]!] }])) },
        compute(inputs) {
          const { logits, states } = decoder.apply(inputs['token']!.expandDims(1), answer, names.map((name) => inputs[name]!));
          return { logProbabilities: tf().logSoftmax(logits.squeeze([1])), ...named(next, states) };
        },
      },
    }),
    dispose: () => parameters.dispose(),
  };
}
