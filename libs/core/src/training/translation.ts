import { tf, type Scalar, type Tensor } from '../engine';
import { CoreError } from '../errors';
import type { EncoderDecoder } from '../layers/decoder';
import type { ForwardContext, NamedVariable } from '../layers/layer';
import { sequenceMask, tokenCrossEntropy, tokenMean } from '../losses/token-cross-entropy';
import { deriveSeed, statelessUniform } from '../random';
import { checkInput } from './check-input';
import type { ExampleBatch, Objective } from './objective';

export interface TranslationOptions {
  /** Target token that the decoder begins with; it is no part of a target. */
  start: number;
  /** See tokenCrossEntropy. Default 0. */
  smoothing?: number;
  /**
   * Scheduled sampling (Bengio et al., 2015): the share of the decoder's inputs that are its own guesses in place of the right tokens
   * grows linearly to `share` over so many steps. The guesses are those of a first pass over the right tokens, all at once (Mihaylova
   * and Martins, 2019). Default: none, which is teacher forcing throughout.
   */
  scheduledSampling?: { share: number; steps: number };
}

/**
 * An encoder-decoder that learns to give the right next token, by cross entropy, every token weighing the same: inputs `source` [batch,
 * source], `sourceLengths` [batch], `target` [batch, target], each with the end token, and `targetLengths` [batch], all int32; metric
 * `tokenAccuracy`; evaluation output `logits` [batch, target, tokens].
 */
export function translationObjective(model: EncoderDecoder, weights: readonly NamedVariable[], options: TranslationOptions): Objective {
  const { start, smoothing = 0, scheduledSampling } = options;
  const { sourceTokens, targetTokens } = model.options;
  return {
    weights,
    metrics: ['tokenAccuracy'],
    fingerprint: { model: model.options, ...options },
    check(batch) {
      checkInput(batch, 'source', 'int32', [null]);
      checkInput(batch, 'target', 'int32', [null]);
      checkTokens(batch, 'source', sourceTokens);
      checkTokens(batch, 'target', targetTokens);
    },
    compute({ inputs, exampleWeights, context }) {
      const [source, sourceLengths, target, targetLengths] = [inputs.source!, inputs.sourceLengths!, inputs.target!, inputs.targetLengths!];
      const encoded = model.encode(source, sourceLengths, context);
      const decode = (given: Tensor): Tensor => model.decode(given, encoded, sourceLengths, context).logits;
      const right = shifted(target, start);
      const logits = decode(context.training && scheduledSampling ? mixed(right, decode, scheduledSampling, context) : right);
      const mean = (values: Tensor): Scalar => tokenMean(values, sequenceMask(targetLengths, target.shape[1] as number), exampleWeights);
      return {
        loss: mean(tokenCrossEntropy(logits, target, context.training ? smoothing : 0)),
        metrics: { tokenAccuracy: mean(logits.argMax(-1).equal(target).cast('float32')) },
        outputs: { logits },
      };
    },
  };
}

/** What the decoder is given: the start token, and then the target without its last token. */
function shifted(target: Tensor, start: number): Tensor {
  const [batch, time] = target.shape as [number, number];
  return tf().concat([tf().fill([batch, 1], start, 'int32'), target.slice([0, 0], [batch, time - 1])], 1);
}

function mixed(right: Tensor, decode: (given: Tensor) => Tensor, { share, steps }: NonNullable<TranslationOptions['scheduledSampling']>, { random }: ForwardContext): Tensor {
  if (!random) return right;
  const [batch, time] = right.shape as [number, number];
  const guesses = tf().concat([right.slice([0, 0], [batch, 1]), decode(right).argMax(-1).cast('int32').slice([0, 0], [batch, time - 1])], 1);
  const now = random.step.cast('float32').div(steps).clipByValue(0, 1).mul(share);
  const guessed = statelessUniform([batch, time], deriveSeed(random.seed, 'scheduled sampling'), random.step).less(now);
  return tf().where(guessed, guesses, right);
}

/** Checks tokens and lengths: TensorFlow's kernels answer one out of range with zeros or NaN. */
function checkTokens(batch: ExampleBatch, name: 'source' | 'target', tokens: number): void {
  checkInput(batch, `${name}Lengths`, 'int32', []);
  const [given, lengths] = [batch.inputs[name]!, batch.inputs[`${name}Lengths`]!.data];
  const wrong = given.data.find((token) => token < 0 || token >= tokens);
  if (wrong !== undefined) throw new CoreError('UNUSABLE_DATASET', `input ${name}: received token ${wrong}, expected 0 to ${tokens - 1}, padding included`);
  const longest = given.shape[1] as number;
  const length = lengths.find((each) => each < 1 || each > longest);
  if (length !== undefined) throw new CoreError('UNUSABLE_DATASET', `input ${name}Lengths: received ${length}, expected 1 to ${longest}`);
}
