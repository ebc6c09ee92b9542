import type { ModelFunction } from '../artifact/export-model';
import { tf, type Tensor } from '../engine';
import { dense } from './dense';
import { stateNames } from './decoder-functions';
import { embedding } from './embedding';
import { uniform } from './initializers';
import type { ForwardContext } from './layer';
import { dropout } from './noise';
import type { Parameters } from './parameters';
import { stacked } from './recurrent/compound';
import { gru, lstm } from './recurrent/layers';
import { joinSteps, type RecurrentLayer } from './recurrent/recurrent-layer';
import { watching } from './recurrent/watching';

export interface LanguageModelOptions {
  /** Size of the vocabulary. */
  tokens: number;
  /** Default lstm. */
  cell?: 'lstm' | 'gru';
  /** Default 128. */
  units?: number;
  /** One above the other. Default 1. */
  layers?: number;
  /** Features of a token. Default 64. */
  embedding?: number;
  /** Of embeddings and of what the logits are made from, 0 to 0.95. Default 0. */
  dropout?: number;
}

export interface LanguageModel {
  readonly options: Required<LanguageModelOptions>;
  /** Widths of the states. */
  readonly stateUnits: readonly number[];
  /**
   * Logits of the token after each one, [batch, time, tokens], and the states to go on from.
   *
   * @param tokens [batch, time], int32. @param initial Default: zeros, as at the start of a text.
   */
  apply(tokens: Tensor, context: ForwardContext, initial?: readonly Tensor[]): { logits: Tensor; states: readonly Tensor[] };
}

/** Foretells each next token of a text from all before it (Mikolov et al., 2010). Weights: `embedding.*`, `0.*`, `1.*`, ..., `logits.*`. */
export function languageModel(parameters: Parameters, given: LanguageModelOptions): LanguageModel {
  const options: Required<LanguageModelOptions> = { cell: 'lstm', units: 128, layers: 1, embedding: 64, dropout: 0, ...given };
  const make = options.cell === 'lstm' ? lstm : gru;
  const table = embedding(parameters.scope('embedding'), options.tokens, options.embedding, uniform(0.1));
  const layers: RecurrentLayer[] = [];
  for (let index = 0; index < options.layers; index += 1) layers.push(make(parameters.scope(index), layers.at(-1)?.units ?? options.embedding, options.units));
  const recurrent = stacked(layers);
  const logits = dense(parameters.scope('logits'), options.units, options.tokens);
  const drops = { input: dropout(parameters.scope('embedding'), options.dropout), output: dropout(parameters.scope('logits'), options.dropout) };
  return {
    options,
    stateUnits: recurrent.stateUnits,
    apply(tokens, context, initial) {
      const inputs = drops.input(table(tokens, context), context);
      const { steps, states } = recurrent.apply(tf().unstack(inputs, 1), { ...watching(context, 'recurrent'), sequences: true, ...(initial && { initial }) });
      return { logits: logits(drops.output(joinSteps(steps), context), context), states };
    },
  };
}

/**
 * The function `step` that generating needs, for writeModel: `token` [], int32, and the states (zeros at first) give `logits` [tokens]
 * of the next token and the next states; names as in decoderFunctions. See generateTokens.
 */
export function languageModelFunctions(model: LanguageModel): Record<'step', ModelFunction> {
  const names = stateNames(model.stateUnits.length);
  const next = stateNames(model.stateUnits.length, true);
  return {
    step: {
      inputs: {
        token: { dtype: 'int32', shape: [] },
        ...Object.fromEntries(names.map((name, index) => [name, { dtype: 'float32' as const, shape: [model.stateUnits[index] as number] }])),
      },
      compute(inputs) {
        const { logits, states } = model.apply(inputs.token!.expandDims(1), { training: false }, names.map((name) => inputs[name]!));
        return { logits: logits.squeeze([1]), ...Object.fromEntries(next.map((name, index) => [name, states[index] as Tensor])) };
      },
    },
  };
}
