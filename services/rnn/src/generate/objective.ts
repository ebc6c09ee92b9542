import { checkInput, tokenCrossEntropy, type Objective, type Tensor } from '@quartet/core';
import type { LanguageNetwork } from './network';
import type { LanguagePlan } from './plan';

/**
 * To foretell each next token, all weighing the same; nats a token. Inputs `tokens` [batch, time + 1] and `fresh` [batch]: 1 where a row
 * starts anew. In training a row goes on from the states that the step before left (truncated backpropagation through time: the states go
 * on, the gradient doesn't); otherwise the first half of the tokens is context and isn't measured, if there are more than a window.
 *
 * @param batch Rows of a training step.
 */
export function languageObjective(network: LanguageNetwork, plan: LanguagePlan, batch: number): Objective {
  const carried = network.carried(batch).map(({ variable }) => variable);
  return {
    weights: [...network.weights, ...network.carried(batch)],
    metrics: ['tokenAccuracy'],
    fingerprint: plan,
    check(given) {
      checkInput(given, 'tokens', 'int32', [null]);
      checkInput(given, 'fresh', 'float32', []);
    },
    compute({ inputs, exampleWeights, context }) {
      const tokens = inputs['tokens']!;
      const [rows, width] = tokens.shape as [number, number];
      const time = width - 1;
      const goesOn = inputs['fresh']!.mul(-1).add(1).expandDims(1);
      const initial = context.training ? carried.map((state) => state.mul(goesOn)) : undefined;
      const { logits, states } = network.apply(tokens.slice([0, 0], [rows, time]), context, initial);
      if (context.training) carried.forEach((state, index) => state.assign(states[index]!));
      const from = !context.training && time > plan.window ? time - plan.window : 0;
      const counted = (values: Tensor): Tensor => values.slice([0, from], [rows, time - from]).mean(1).mul(exampleWeights).sum();
      const next = tokens.slice([0, 1], [rows, time]);
      return {
        loss: counted(tokenCrossEntropy(logits, next)).asScalar(),
        metrics: { tokenAccuracy: counted(logits.argMax(-1).equal(next).cast('float32')).asScalar() },
      };
    },
  };
}
