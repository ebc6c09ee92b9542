import { scoped, tf, type Scalar, type Tensor } from '../engine';
import { Program, type CapturedStep } from '../capture/program';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import type { NamedVariable } from '../layers/layer';
import type { Network } from '../network/network';
import { clipGradients, globalNorm } from '../optimizers/clip';
import type { Optimizer } from '../optimizers/optimizer';
import type { Seed } from '../random';
import { toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import type { Batch } from './batches';
import type { Clipping } from './options';

/** All that changes from step to step: nothing in a step depends on their values but through TensorFlow. */
type InputName = 'x' | 'y' | 'exampleWeights' | 'step' | 'rate' | 'decay';

export interface StepResult {
  /** Mean over the batch. */
  loss: number;
  /** Share of the batch that was classified right, before the update. */
  accuracy: number;
  /** L2 norm of all gradients, before clipping. */
  gradientNorm: number;
  /** Set when loss or gradients aren't finite: then no state was changed. */
  notFinite?: { tensor: string; value: number };
}

/**
 * One step of training: forward, backward, update. It is captured once for each shape of batch and runs as one graph; the
 * state then lives in TensorFlow's session, and `sync` brings it into the network's and the optimizer's variables.
 */
export class TrainingStep {
  private readonly trainable: NamedVariable[];
  private readonly program: Program;
  private readonly captured: CapturedStep<InputName>;

  constructor(
    private readonly network: Network,
    private readonly optimizer: Optimizer,
    private readonly clip: Clipping,
    private readonly seed: Seed,
    /** Runs each step operation by operation instead. */
    private readonly eager = false,
  ) {
    this.trainable = network.trainableWeights;
    this.program = new Program([...network.weights, ...optimizer.slots]);
    this.captured = this.program.step('train', (inputs: Record<InputName, Tensor>) => this.record(inputs));
  }

  /** @param step From 0. */
  run(batch: Batch, step: number, learningRate: number): StepResult {
    const inputs = this.inputs(batch, step, learningRate);
    if (this.eager) return this.runEagerly(inputs);
    const [loss = NaN, accuracy = NaN, gradientNorm = NaN] = this.captured.run(inputs, ['summary'])[0]?.data ?? [];
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return { loss, accuracy, gradientNorm };
    // The graph changed nothing: the same step, eagerly, tells which tensor it was.
    this.sync();
    return { loss, accuracy, gradientNorm, notFinite: this.findNotFinite(inputs, loss, gradientNorm) };
  }

  /** Brings weights and slots up to date after steps. */
  sync(): void {
    this.program.pull();
  }

  /** To be called after weights or slots were set from outside. */
  invalidate(): void {
    this.program.invalidate();
  }

  dispose(): void {
    this.program.dispose();
  }

  private runEagerly(inputs: Record<InputName, HostTensor>): StepResult {
    return scoped(() => {
      const tensors = onDevice(inputs);
      const { gradients, summary } = this.gradients(tensors);
      const [loss = NaN, accuracy = NaN, gradientNorm = NaN] = summary.dataSync();
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        return { loss, accuracy, gradientNorm, notFinite: this.findNotFinite(inputs, loss, gradientNorm) };
      }
      const { rate, decay } = tensors as Record<'rate' | 'decay', Scalar>;
      this.optimizer.apply(clipGradients(gradients, this.clip), { rate, decay });
      return { loss, accuracy, gradientNorm };
    });
  }

  private inputs(batch: Batch, step: number, learningRate: number): Record<InputName, HostTensor> {
    const { rate, decay } = this.optimizer.coefficients(step + 1, learningRate);
    const float = (data: Float32Array, shape: number[]): HostTensor => ({ dtype: 'float32', shape, data });
    return {
      x: float(batch.x, batch.shape),
      y: { dtype: 'int32', shape: [batch.y.length], data: batch.y },
      exampleWeights: float(exampleWeights(batch), [batch.y.length]),
      step: { dtype: 'int32', shape: [], data: Int32Array.of(step) },
      rate: float(Float32Array.of(rate), []),
      decay: float(Float32Array.of(decay), []),
    };
  }

  private record(inputs: Record<InputName, Tensor>): { outputs: { summary: Tensor }; commit: Tensor } {
    const { gradients, summary } = this.gradients(inputs);
    const { rate, decay } = inputs as Record<'rate' | 'decay', Scalar>;
    this.optimizer.apply(clipGradients(gradients, this.clip), { rate, decay });
    return { outputs: { summary }, commit: tf().isFinite(summary).all() };
  }

  private gradients({ x, y, exampleWeights, step }: Record<InputName, Tensor>): { gradients: Tensor[]; summary: Tensor } {
    let logits: Tensor | undefined;
    const { value: loss, grads } = tf().variableGrads(
      () => {
        logits = tf().keep(this.network.forward(x, { training: true, random: { seed: this.seed, step: step as Scalar } }).logits);
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

  private findNotFinite(inputs: Record<InputName, HostTensor>, loss: number, norm: number): StepResult['notFinite'] {
    if (!Number.isFinite(loss)) return { tensor: 'loss', value: loss };
    const statistics = this.network.exportWeights();
    try {
      return scoped(() => {
        for (const [index, gradient] of this.gradients(onDevice(inputs)).gradients.entries()) {
          const value = gradient.dataSync().find((element) => !Number.isFinite(element));
          if (value !== undefined) return { tensor: `gradient of ${this.trainable[index]?.name ?? index}`, value };
        }
        return { tensor: 'gradient norm', value: norm };
      });
    } finally {
      this.network.importWeights(statistics);
    }
  }
}

function onDevice(inputs: Record<InputName, HostTensor>): Record<InputName, Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, host]) => [name, toTensor(host)])) as Record<InputName, Tensor>;
}

function exampleWeights({ count, shape }: Batch): Float32Array {
  return new Float32Array(shape[0] ?? 0).fill(1 / count, 0, count);
}
