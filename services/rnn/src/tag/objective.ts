import { checkInput, sequenceMask, tokenCrossEntropy, tokenMean, type Objective } from '@quartet/core';
import type { Tagger } from './network';
import type { TaggerPlan } from './plan';
import { SPELLED } from './token';

/** Softmax cross entropy of each token; metric `accuracy`, of tokens. Inputs: those of `sentenceTensors`, and `y` [batch, time]. */
export function taggerObjective(tagger: Tagger, plan: TaggerPlan): Objective {
  return {
    weights: tagger.weights,
    metrics: ['accuracy'],
    fingerprint: plan,
    check(batch) {
      checkInput(batch, 'ids', 'int32', [null]);
      checkInput(batch, 'characters', 'int32', [null, SPELLED]);
      checkInput(batch, 'lengths', 'int32', []);
      checkInput(batch, 'y', 'int32', [null]);
    },
    compute({ inputs, exampleWeights, context }) {
      const y = inputs['y']!;
      const logits = tagger.logits(inputs, context);
      const mask = sequenceMask(inputs['lengths']!, y.shape[1]!);
      return {
        loss: tokenMean(tokenCrossEntropy(logits, y), mask, exampleWeights),
        metrics: { accuracy: tokenMean(logits.argMax(2).equal(y).cast('float32'), mask, exampleWeights) },
      };
    },
  };
}
