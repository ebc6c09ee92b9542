import { scoped, tf, type Scalar, type Tensor } from '../engine';
import { softmaxCrossEntropy } from '../ops/softmax-cross-entropy';
import type { Network } from '../network/network';
import { clipGradients, globalNorm } from '../optimizers/clip';
import type { Optimizer } from '../optimizers/optimizer';
import type { Seed } from '../random';
import type { Batch } from './batches';
import type { Clipping } from './options';

/** All that changes from step to step, as tensors: nothing in a step depends on their values but through TensorFlow. */
interface StepInputs {
  /** [batch, height, width, channels]. */
  x: Tensor;
  /** [batch], int32. */
  y: Tensor;
  /** [batch]: 1 / count for an example that counts, 0 for padding. */
  exampleWeights: Tensor;
  /** int32. */
  step: Scalar;
  rate: Scalar;
  decay: Scalar;
}

export interface StepResult {
  /** Mean over the batch. */
  loss: number;
  /** Share of the batch that was classified right, before the update. */
  accuracy: number;
  /** L2 norm of all gradients, before clipping. */
  gradientNorm: number;
  /** Set when loss or gradients aren't finite: then no weight was changed, running statistics aside. */
  notFinite?: { tensor: string; value: number };
}

/** One step of training: forward, backward, update. */
export class TrainingStep {
  private readonly trainable;

  constructor(
    private readonly network: Network,
    private readonly optimizer: Optimizer,
    private readonly clip: Clipping,
    private readonly seed: Seed,
  ) {
    this.trainable = network.trainableWeights;
  }

  /** @param step From 0. */
  run(batch: Batch, step: number, learningRate: number): StepResult {
    const { rate, decay } = this.optimizer.coefficients(step + 1, learningRate);
    return scoped(() => {
      const { tensor, tensor1d, scalar } = tf();
      const inputs: StepInputs = {
        x: tensor(batch.x, batch.shape, 'float32'),
        y: tensor1d(batch.y, 'int32'),
        exampleWeights: tensor1d(exampleWeights(batch), 'float32'),
        step: scalar(step, 'int32'),
        rate: scalar(rate),
        decay: scalar(decay),
      };
      const { gradients, summary } = this.gradients(inputs);
      const [loss = NaN, accuracy = NaN, gradientNorm = NaN] = summary.dataSync();
      const notFinite = this.findNotFinite(loss, gradientNorm, gradients);
      if (notFinite) return { loss, accuracy, gradientNorm, notFinite };
      this.optimizer.apply(clipGradients(gradients, this.clip), inputs);
      return { loss, accuracy, gradientNorm };
    });
  }

  private gradients({ x, y, exampleWeights, step }: StepInputs): { gradients: Tensor[]; summary: Tensor } {
    let logits: Tensor | undefined;
    const { value: loss, grads } = tf().variableGrads(
      () => {
        logits = tf().keep(this.network.forward(x, { training: true, random: { seed: this.seed, step } }).logits);
        return softmaxCrossEntropy(logits, y).mul(exampleWeights).sum();
      },
      this.trainable.map(({ variable }) => variable),
    );
    const kept = logits as Tensor;
    const accuracy = kept.argMax(1).equal(y).cast('float32').mul(exampleWeights).sum();
    kept.dispose();
    const gradients = this.trainable.map(({ variable }) => grads[variable.name] as Tensor);
    return { gradients, summary: tf().stack([loss, accuracy, globalNorm(gradients)]) };
  }

  private findNotFinite(loss: number, norm: number, gradients: Tensor[]): StepResult['notFinite'] {
    if (!Number.isFinite(loss)) return { tensor: 'loss', value: loss };
    if (Number.isFinite(norm)) return undefined;
    for (const [index, gradient] of gradients.entries()) {
      const value = gradient.dataSync().find((element) => !Number.isFinite(element));
      if (value !== undefined) return { tensor: `gradient of ${this.trainable[index]?.name ?? index}`, value };
    }
    return { tensor: 'gradient norm', value: norm };
  }
}

function exampleWeights({ count, shape }: Batch): Float32Array {
  return new Float32Array(shape[0] ?? 0).fill(1 / count, 0, count);
}
