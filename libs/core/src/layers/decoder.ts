import { tf, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { sequenceMask } from '../losses/token-cross-entropy';
import { bahdanauAttention, luongAttention, type Attention } from './attention';
import { copying } from './copying';
import { dense } from './dense';
import { embedding, sharedEmbedding } from './embedding';
import { followOn } from './follow-on';
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
  /** Whether the decoder may copy the source's tokens: see `copying`. Source and target have one vocabulary then, and one embedding. Default false. */
  copy?: boolean;
}

/** What the decoder needs of a source. */
export interface Encoded {
  /** [batch, source], int32: the source itself, for a decoder that copies. */
  source: Tensor | undefined;
  /** [batch, source, units]. */
  memory: Tensor;
  /** The decoder's first states: see stateUnits. */
  states: readonly Tensor[];
}

export interface Decoded {
  /** [batch, target, target tokens]; of a decoder that copies they are logarithms of probabilities. */
  logits: Tensor;
  /** [batch, target, source]: what each target token looked at, or was copied from. */
  attention: Tensor;
  /** [batch, target, 1], of a decoder that copies: the probability that a token was not copied. */
  generated?: Tensor;
  /** After the last step, to go on from. */
  states: readonly Tensor[];
}

export interface EncoderDecoder {
  readonly options: Required<EncoderDecoderOptions>;
  /** Widths of the decoder's states, [batch, width] each, for sources of a length: one that copies remembers what it follows in the source. */
  stateUnits(sourceLength: number): readonly number[];
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
 * The decoder starts from a projection of the encoder's last state. Weights: `encoder.*`, `bridge.*`, `decoder.*`; where it copies, `embedding.*` and `copy.*`.
 *
 * @throws CoreError INVALID_FIELD for a decoder that copies from another vocabulary than its own.
 */
export function encoderDecoder(parameters: Parameters, given: EncoderDecoderOptions): EncoderDecoder {
  const options = { cell: 'lstm', units: 128, layers: 1, bidirectional: true, embedding: 64, attention: 'luong', dropout: 0, copy: false, ...given } as Required<EncoderDecoderOptions>;
  const { units, layers, embedding: features } = options;
  if (options.copy && options.sourceTokens !== options.targetTokens) {
    throw CoreError.invalid('copy', `received vocabularies of ${options.sourceTokens} and ${options.targetTokens} tokens, expected one for source and target: a token that is copied must be the same in both`);
  }
  const [source, target] = [parameters.scope('encoder'), parameters.scope('decoder')];
  const make = { lstm, gru, simple: simpleRnn }[options.cell];
  const encoder = stack(layers, (index, width) => (options.bidirectional ? bidirectional(source.scope(index), (scope) => make(scope, width, units)) : make(source.scope(index), width, units)), features);
  const decoder = stack(layers, (index, width) => make(target.scope(index), width, units), features);
  const shared = options.copy ? sharedEmbedding(parameters.scope('embedding'), options.targetTokens, features) : undefined;
  const table = shared
    ? { source: shared.embed, target: shared.embed }
    : { source: embedding(source.scope('embedding'), options.sourceTokens, features, uniform(0.1)), target: embedding(target.scope('embedding'), options.targetTokens, features, uniform(0.1)) };
  const width = decoder.stateUnits.reduce((sum, size) => sum + size, 0);
  const bridge = dense(parameters.scope('bridge'), encoder.units, width, { activation: 'tanh' });
  const attention = attentionOf(options, target.scope('attention'), units, encoder.units);
  const outputs = shared ? features : units;
  const combine = dense(target.scope('combine'), encoder.units + units, outputs, { activation: 'tanh' });
  const logits = shared ? shared.logits : dense(target.scope('logits'), units, options.targetTokens);
  const copy = options.copy ? copying(parameters.scope('copy'), { units, outputs, memoryUnits: encoder.units }) : undefined;
  const drops = { source: dropout(source.scope('embedding'), options.dropout), target: dropout(target.scope('embedding'), options.dropout), output: dropout(target.scope('logits'), options.dropout) };
  const embed = (tokens: Tensor, which: 'source' | 'target', context: ForwardContext): Sequence => tf().unstack(drops[which](table[which](tokens, context), context), 1);

  return {
    options,
    stateUnits: (sourceLength) => [...decoder.stateUnits, ...(copy ? [sourceLength] : [])],
    memoryUnits: encoder.units,
    encode(tokens, lengths, context) {
      const { steps, last } = encoder.apply(embed(tokens, 'source', context), { ...watching(context, 'encoder'), lengths, sequences: true });
      const states = columns(bridge(last, context), decoder.stateUnits);
      return { source: tokens, memory: joinSteps(steps), states: copy ? [...states, tf().zerosLike(tokens).cast('float32')] : states };
    },
    decode(inputs, { source: tokens, memory, states: given }, sourceLengths, context) {
      const initial = given.slice(0, decoder.stateUnits.length);
      const { steps, states } = decoder.apply(embed(inputs, 'target', context), { ...watching(context, 'decoder'), initial, sequences: true });
      const hidden = joinSteps(steps);
      const mask = sequenceMask(sourceLengths, memory.shape[1] as number);
      const { context: seen, weights } = attention.apply(hidden, attention.keys(memory), memory, mask);
      const attended = drops.output(combine(tf().concat([seen, hidden], 2), context), context);
      const generating = logits(attended, context);
      if (!copy) return { logits: generating, attention: weights, states };
      const following = followOn(tokens as Tensor, inputs, given.at(-1) as Tensor);
      const { logProbabilities, weights: pointed, generated } = copy({ hidden, attended, logits: generating, memory, mask, source: tokens as Tensor, following }, context);
      return { logits: logProbabilities, attention: weights.mul(generated).add(pointed.mul(tf().sub(1, generated))), generated, states: [...states, following.last] };
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
