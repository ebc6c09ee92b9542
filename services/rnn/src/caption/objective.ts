import { checkInput, sequenceMask, tf, tokenCrossEntropy, tokenMean, type Objective } from '@quartet/core';
import { START } from '../text/tokenizer';
import type { Captioner } from './network';
import type { CaptionerPlan } from './plan';

/** As in translating: beam search profits from a model that isn't too sure. */
const SMOOTHING = 0.1;

/** Cross entropy of each caption's tokens, given those before: inputs `embedding`, `target` (with the end token), `targetLengths`; metric `tokenAccuracy`. */
export function captionObjective(network: Captioner, plan: CaptionerPlan): Objective {
  return {
    weights: network.weights,
    metrics: ['tokenAccuracy'],
    fingerprint: plan,
    check(batch) {
      checkInput(batch, 'embedding', 'float32', [plan.mean.length]);
      checkInput(batch, 'target', 'int32', [plan.maxTokens]);
      checkInput(batch, 'targetLengths', 'int32', []);
    },
    compute({ inputs, exampleWeights, context }) {
      const [target, lengths] = [inputs['target']!, inputs['targetLengths']!];
      const [batch, time] = target.shape as [number, number];
      const given = tf().concat([tf().fill([batch, 1], START, 'int32'), target.slice([0, 0], [batch, time - 1])], 1);
      const logits = network.logits(given, inputs['embedding']!, context);
      const mask = sequenceMask(lengths, time);
      return {
        loss: tokenMean(tokenCrossEntropy(logits, target, context.training ? SMOOTHING : 0), mask, exampleWeights),
        metrics: { tokenAccuracy: tokenMean(logits.argMax(-1).equal(target).cast('float32'), mask, exampleWeights) },
      };
    },
  };
}
