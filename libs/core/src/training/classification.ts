import type { Scalar } from '../engine';
import { CoreError } from '../errors';
import type { Network } from '../network/network';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { checkInput } from './check-input';
import type { ExampleBatch, Objective } from './objective';

/**
 * A network that learns classes by softmax cross entropy: inputs `x`, [batch, ...spec.inputShape] float32, and `y`, [batch]
 * int32; metric `accuracy`; evaluation output `logits`, [batch, classes].
 */
export function classificationObjective(network: Network): Objective {
  const { inputShape, classes } = network.spec;
  return {
    weights: network.weights,
    metrics: ['accuracy'],
    fingerprint: network.frozenLayers > 0 ? { spec: network.spec, frozenLayers: network.frozenLayers } : network.spec,
    check(batch) {
      checkInput(batch, 'x', 'float32', inputShape);
      checkInput(batch, 'y', 'int32', []);
      checkLabels(batch, classes);
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

/** TensorFlow answers a label out of range with NaN, which would be taken for a fault of the training. */
function checkLabels({ inputs }: ExampleBatch, classes: number): void {
  const bad = inputs.y!.data.find((label) => label < 0 || label >= classes);
  if (bad !== undefined) throw new CoreError('UNUSABLE_DATASET', `received class ${bad} in a batch, expected 0 to ${classes - 1}`);
}
