import type { Scalar, Tensor } from '../engine';
import { CoreError } from '../errors';
import type { LanguageModel } from '../layers/decoder-language-model';
import type { NamedVariable } from '../layers/layer';
import { sequenceMask, tokenCrossEntropy, tokenMean } from '../losses/token-cross-entropy';
import { checkInput } from './check-input';
import type { Objective } from './objective';

/**
 * A language model that learns to foretell each token but the first, every one weighing the same: inputs `tokens` [batch, time] and
 * `lengths` [batch], int32, each length at least 2; the loss is in nats a token (its exponential is the perplexity); metric
 * `tokenAccuracy`; evaluation output `logits` [batch, time - 1, tokens].
 */
export function languageModelObjective(model: LanguageModel, weights: readonly NamedVariable[], options: { smoothing?: number } = {}): Objective {
  const { smoothing = 0 } = options;
  return {
    weights,
    metrics: ['tokenAccuracy'],
    fingerprint: { model: model.options, smoothing },
    check(batch) {
      checkInput(batch, 'tokens', 'int32', [null]);
      checkInput(batch, 'lengths', 'int32', []);
      const [tokens, lengths] = [batch.inputs.tokens!, batch.inputs.lengths!];
      const wrong = tokens.data.find((token) => token < 0 || token >= model.options.tokens);
      if (wrong !== undefined) throw new CoreError('UNUSABLE_DATASET', `input tokens: received token ${wrong}, expected 0 to ${model.options.tokens - 1}, padding included`);
      const longest = tokens.shape[1] as number;
      const length = lengths.data.find((each) => each < 2 || each > longest);
      if (length !== undefined) throw new CoreError('UNUSABLE_DATASET', `input lengths: received ${length}, expected 2 to ${longest}`);
    },
    compute({ inputs, exampleWeights, context }) {
      const [tokens, lengths] = [inputs.tokens!, inputs.lengths!];
      const [batch, time] = tokens.shape as [number, number];
      const { logits } = model.apply(tokens.slice([0, 0], [batch, time - 1]), context);
      const next = tokens.slice([0, 1], [batch, time - 1]);
      const mean = (values: Tensor): Scalar => tokenMean(values, sequenceMask(lengths.sub(1), time - 1), exampleWeights);
      return {
        loss: mean(tokenCrossEntropy(logits, next, context.training ? smoothing : 0)),
        metrics: { tokenAccuracy: mean(logits.argMax(-1).equal(next).cast('float32')) },
        outputs: { logits },
      };
    },
  };
}
