import { tf, type Tensor } from '../engine';
import { sequenceMask } from '../losses/token-cross-entropy';
import { bahdanauAttention, luongAttention, type Attention } from './attention';
import { dense } from './dense';
import { embedding } from './embedding';
import { uniform } from './initializers';
import type { ForwardContext } from './layer';
import { dropout } from './noise';
import type { Parameters } from './parameters';
import { bidirectional, stacked } from './recurrent/compound';
import { gru, lstm, simpleRnn } from './recurrent/layers';
import { joinSteps, type RecurrentLayer, type Sequence } from './recurrent/recurrent-layer';
import { watching } from './recurrent/watching';

export interface EncoderDecoderOptions {
  /** Sizes of the vocabularies. */
  sourceTokens: number;
  targetTokens: number;
  /** Default lstm. */
  cell?: 'lstm' | 'gru' | 'simple';
  /** Of the decoder, and of each direction of the encoder. Default 128. */
  units?: number;
  /** Of the encoder and of the decoder, one above the other. Default 1. */
  layers?: number;
  /** Whether the encoder reads from both ends. Default true. */
  bidirectional?: boolean;
  /** Features of a token. Default 64. */
  embedding?: number;
  /** Default luong. */
  attention?: 'luong' | 'bahdanau';
  /** Of embeddings and of what the logits are made from, 0 to 0.95. Default 0. */
  dropout?: number;
}

/** What the decoder needs of a source. */
export interface Encoded {
  /** [batch, source, units]. */
  memory: Tensor;
  /** The decoder's first states, each [batch, units]. */
  states: readonly Tensor[];
}

export interface Decoded {
  /** [batch, target, target tokens]. */
  logits: Tensor;
  /** [batch, target, source]: what each target token looked at. */
  attention: Tensor;
  /** After the last step, to go on from. */
  states: readonly Tensor[];
}

export interface EncoderDecoder {
  readonly options: Required<EncoderDecoderOptions>;
  /** Widths of the decoder's states. */
  readonly stateUnits: readonly number[];
  /** Width of the memory. */
  readonly memoryUnits: number;
  /** @param source [batch, source], int32. @param lengths [batch], int32, each at least 1. */
  encode(source: Tensor, lengths: Tensor, context: ForwardContext): Encoded;
  /** Logits of the token after each of `inputs`: [batch, target], int32, which begin with the start token. */
  decode(inputs: Tensor, encoded: Encoded, sourceLengths: Tensor, context: ForwardContext): Decoded;
}

/**
 * Translates a sequence into another: an encoder, bidirectional unless told otherwise, and a decoder that looks at the encoder's outputs after its recurrent step
 * (Luong et al., 2015, without input feeding, so that all steps of a known target are attended to in a few large products):
 *
 *     h_t = decoder(embedding(y_t-1), h_t-1), a_t = tanh(W [attention(h_t); h_t]), logits_t = V a_t
 *
 * The decoder starts from a projection of the encoder's last state. Weights: `encoder.*`, `bridge.*`, `decoder.*`.
 */
export function encoderDecoder(parameters: Parameters, given: EncoderDecoderOptions): EncoderDecoder {
  const options = { cell: 'lstm', units: 128, layers: 1, bidirectional: true, embedding: 64, attention: 'luong', dropout: 0, ...given } as Required<EncoderDecoderOptions>;
  const { units, layers, embedding: features } = options;
  const [source, target] = [parameters.scope('encoder'), parameters.scope('decoder')];
  const make = { lstm, gru, simple: simpleRnn }[options.cell];
  const encoder = stack(layers, (index, width) => (options.bidirectional ? bidirectional(source.scope(index), (scope) => make(scope, width, units)) : make(source.scope(index), width, units)), features);
  const decoder = stack(layers, (index, width) => make(target.scope(index), width, units), features);
  const table = { source: embedding(source.scope('embedding'), options.sourceTokens, features, uniform(0.1)), target: embedding(target.scope('embedding'), options.targetTokens, features, uniform(0.1)) };
  const width = decoder.stateUnits.reduce((sum, size) => sum + size, 0);
  const bridge = dense(parameters.scope('bridge'), encoder.units, width, { activation: 'tanh' });
  const attention = attentionOf(options, target.scope('attention'), units, encoder.units);
  const combine = dense(target.scope('combine'), encoder.units + units, units, { activation: 'tanh' });
  const logits = dense(target.scope('logits'), units, options.targetTokens);
  const drops = { source: dropout(source.scope('embedding'), options.dropout), target: dropout(target.scope('embedding'), options.dropout), output: dropout(target.scope('logits'), options.dropout) };
  const embed = (tokens: Tensor, which: 'source' | 'target', context: ForwardContext): Sequence => tf().unstack(drops[which](table[which](tokens, context), context), 1);

  return {
    options,
    stateUnits: decoder.stateUnits,
    memoryUnits: encoder.units,
    encode(tokens, lengths, context) {
      const { steps, last } = encoder.apply(embed(tokens, 'source', context), { ...watching(context, 'encoder'), lengths, sequences: true });
      return { memory: joinSteps(steps), states: columns(bridge(last, context), decoder.stateUnits) };
    },
    decode(inputs, { memory, states: initial }, sourceLengths, context) {
      const { steps, states } = decoder.apply(embed(inputs, 'target', context), { ...watching(context, 'decoder'), initial, sequences: true });
      const hidden = joinSteps(steps);
      const mask = sequenceMask(sourceLengths, memory.shape[1] as number);
      const { context: seen, weights } = attention.apply(hidden, attention.keys(memory), memory, mask);
      const attended = drops.output(combine(tf().concat([seen, hidden], 2), context), context);
      return { logits: logits(attended, context), attention: weights, states };
    },
  };
}

/** [batch, all widths] -> [batch, width] for each. */
function columns(x: Tensor, widths: readonly number[]): Tensor[] {
  let start = 0;
  return widths.map((width) => {
    start += width;
    return x.slice([0, start - width], [x.shape[0], width]);
  });
}

function stack(count: number, make: (index: number, inputs: number) => RecurrentLayer, inputs: number): RecurrentLayer {
  const layers: RecurrentLayer[] = [];
  for (let index = 0; index < count; index += 1) layers.push(make(index, layers.at(-1)?.units ?? inputs));
  return stacked(layers);
}

function attentionOf({ attention }: Required<EncoderDecoderOptions>, parameters: Parameters, queryUnits: number, memoryUnits: number): Attention {
  return attention === 'luong' ? luongAttention(parameters, queryUnits, memoryUnits) : bahdanauAttention(parameters, queryUnits, memoryUnits, queryUnits);
}
