import { dense, dropout, embedding, initializers, joinSteps, Parameters, tf, watching, type ForwardContext, type ModelFunction, type NamedVariable, type Tensor } from '@quartet/core';
import { packedState } from '../network/packed-state';
import { recurrentStack } from '../network/recurrent';
import { READ_TOKENS, type LanguagePlan } from './plan';

export interface LanguageNetwork {
  /** Those of the model alone. */
  readonly weights: readonly NamedVariable[];
  /** Widths of the recurrent states. */
  readonly stateUnits: readonly number[];
  /** Logits of the token after each one, [batch, time, tokens]. @param tokens [batch, time], int32. @param initial Default: zeros. */
  apply(tokens: Tensor, context: ForwardContext, initial?: readonly Tensor[]): { logits: Tensor; states: readonly Tensor[] };
  /** Logits of the token after the last one that counts, [batch, tokens]. @param lengths [batch], int32; 0: none counts. */
  read(tokens: Tensor, lengths: Tensor, initial: readonly Tensor[]): { logits: Tensor; states: readonly Tensor[] };
  /** States that are carried from one training step to the next; made once, in the training process. */
  carried(batch: number): NamedVariable[];
  dispose(): void;
}

/** A recurrent language model (Mikolov et al., 2010): embeddings, recurrent layers, logits. */
export function buildLanguageNetwork({ tokenizer, embedding: features, network }: LanguagePlan, seed: bigint): LanguageNetwork {
  const tokens = tokenizer.tokens.length;
  const parameters = new Parameters(seed);
  const table = embedding(parameters.scope('embedding'), tokens, features, initializers.uniform(0.1));
  const stack = recurrentStack(parameters.scope('recurrent'), features, network);
  const logits = dense(parameters.scope('logits'), network.units, tokens);
  const drops = { input: dropout(parameters.scope('embedding'), network.dropout), output: dropout(parameters.scope('logits'), network.dropout) };
  const states = new Parameters(seed);
  const embed = (ids: Tensor, context: ForwardContext): Tensor[] => tf().unstack(drops.input(table(ids, context), context), 1);
  return {
    weights: parameters.all,
    stateUnits: stack.stateUnits,
    apply(ids, context, initial) {
      const result = stack.apply(embed(ids, context), { ...watching(context, 'recurrent'), sequences: true, ...(initial && { initial }) });
      return { logits: logits(drops.output(joinSteps(result.steps), context), context), states: result.states };
    },
    read(ids, lengths, initial) {
      const context = { training: false };
      const { last, states: next } = stack.apply(embed(ids, context), { initial, lengths });
      return { logits: logits(last, context), states: next };
    },
    carried(batch) {
      if (states.all.length === 0) stack.stateUnits.forEach((units, index) => states.statistic(`carried.${index}`, [batch, units], 0));
      return states.all;
    },
    dispose() {
      parameters.dispose();
      states.dispose();
    },
  };
}

/**
 * `read`, the function that plain clients call: `tokens` [READ_TOKENS], of which `length` count, and `state` give `logits` of the next token
 * and `nextState`. `step`: the same for one `token`, faster.
 */
export function languageFunctions(network: LanguageNetwork): Record<'serving_default' | 'step', ModelFunction> {
  const packed = packedState(network.stateUnits);
  const state = { dtype: 'float32' as const, shape: [packed.width] };
  return {
    serving_default: {
      inputs: { tokens: { dtype: 'int32', shape: [READ_TOKENS] }, length: { dtype: 'int32', shape: [] }, state },
      compute(inputs) {
        const { logits, states } = network.read(inputs['tokens']!, inputs['length']!, packed.unpack(inputs['state']!));
        return { logits, nextState: packed.pack(states) };
      },
    },
    step: {
      inputs: { token: { dtype: 'int32', shape: [] }, state },
      compute(inputs) {
        const { logits, states } = network.apply(inputs['token']!.expandDims(1), { training: false }, packed.unpack(inputs['state']!));
        return { logits: logits.squeeze([1]), nextState: packed.pack(states) };
      },
    },
  };
}
