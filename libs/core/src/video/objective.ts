import type { Scalar } from '../engine';
import { CoreError } from '../errors';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { checkInput } from '../training/check-input';
import type { Objective } from '../training/objective';
import type { VideoNetwork } from './network';

/**
 * A network that learns classes of clips by softmax cross entropy: inputs `x`, [batch, ...spec.inputShape] float32, and `y`, [batch] int32;
 * metric `accuracy`; evaluation output `logits`, [batch, classes].
 */
export function videoObjective(network: VideoNetwork): Objective {
  const { inputShape, classes } = network.spec;
  return {
    weights: network.weights,
    metrics: ['accuracy'],
    fingerprint: network.spec,
    check(batch) {
      checkInput(batch, 'x', 'float32', inputShape);
      checkInput(batch, 'y', 'int32', []);
      const bad = batch.inputs.y!.data.find((label) => label < 0 || label >= classes);
      if (bad !== undefined) throw new CoreError('UNUSABLE_DATASET', `received class ${bad} in a batch, expected 0 to ${classes - 1}`);
    },
    compute({ inputs, exampleWeights, context }) {
      const [x, y] = [inputs.x!, inputs.y!];
      const { logits } = network.forward(x, context);
      const mean = (each: typeof x): Scalar => each.mul(exampleWeights).sum();
      return {
        loss: mean(softmaxCrossEntropy(logits, y)),
        metrics: { accuracy: mean(logits.argMax(1).equal(y).cast('float32')) },
        outputs: { logits },
      };
    },
  };
}
