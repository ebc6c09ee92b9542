import { scoped, startEngine, tf, type Scalar, type Tensor } from '../engine';
import { DataType } from '../generated/tensorflow/core/framework/types';
import { record } from '../graph/recorder';
import { buildNetwork } from '../network/build';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { Optimizer } from '../optimizers/optimizer';
import type { HostTensor } from '../tensor/host-tensor';
import { toMixedPrecision, type Precision } from './mixed-precision';
import { Program } from './program';

beforeAll(() => {
  startEngine();
});

test('products take bfloat16, what follows them passes it on, and the rest stays float32', () => {
  const nodes = scoped(() => {
    const [x, w] = [tf().ones([2, 3]), tf().ones([3, 3])];
    const given = [{ tensor: x, endpoint: 'x:0' }, { tensor: w, endpoint: 'w:0' }];
    return record(given, () => x.matMul(w).relu().matMul(w).exp()).nodes;
  });
  const types = toMixedPrecision(nodes).map(({ op, attributes }) => `${op} ${DataType[(attributes.T ?? attributes.DstT)?.value?.value as DataType]}`);
  expect(types).toEqual([
    'Cast DT_BFLOAT16', // x
    'Cast DT_BFLOAT16', // w, once for both
    expect.stringMatching(/MatMul\w* DT_BFLOAT16/),
    'Cast DT_FLOAT',
    'Relu DT_BFLOAT16',
    'Cast DT_FLOAT',
    expect.stringMatching(/MatMul\w* DT_BFLOAT16/),
    'Cast DT_FLOAT',
    'Exp DT_FLOAT',
  ]);
});

/** Losses of a small convolutional network over 12 steps of one batch. */
function losses(precision: Precision): number[] {
  const network = buildNetwork({ inputShape: [12, 12, 1], layers: [{ kind: 'conv2d', filters: 8 }, { kind: 'maxPool2d' }, { kind: 'flatten' }, { kind: 'dense', units: 32 }], classes: 3 }, 1);
  const trainable = network.trainableWeights;
  const optimizer = new Optimizer({ kind: 'adam' }, trainable);
  const program = new Program([...network.weights, ...optimizer.slots], { precision });
  const step = program.step('train', ({ x, y, rate }: Record<'x' | 'y' | 'rate', Tensor>) => {
    const random = { seed: 1, step: tf().scalar(0, 'int32') };
    const { value, grads } = tf().variableGrads(() => softmaxCrossEntropy(network.forward(x, { training: true, random }).logits, y).mean(), trainable.map(({ variable }) => variable));
    optimizer.apply(trainable.map(({ variable }) => grads[variable.name] as Tensor), { rate: rate as Scalar, decay: tf().scalar(0) });
    return { outputs: { loss: value } };
  });
  const x: HostTensor = { dtype: 'float32', shape: [16, 12, 12, 1], data: Float32Array.from({ length: 16 * 144 }, (_, i) => (1 + Math.sin(i * i)) / 2) };
  const y: HostTensor = { dtype: 'int32', shape: [16], data: Int32Array.from({ length: 16 }, (_, i) => i % 3) };
  const results = Array.from({ length: 12 }, (_, index) => step.run({ x, y, rate: { dtype: 'float32', shape: [], data: Float32Array.of(optimizer.coefficients(index + 1, 0.003).rate) } }, ['loss'])[0]!.data[0]!);
  program.dispose();
  optimizer.dispose();
  network.dispose();
  return results;
}

test('a training in mixed precision follows the one in float32', () => {
  const [full, mixed] = [losses('float32'), losses('bfloat16')];
  expect(full.at(-1)).toBeLessThan(0.9 * full[0]!);
  expect(mixed).not.toEqual(full);
  // bfloat16 has 8 bits of precision.
  full.forEach((loss, index) => expect(Math.abs(mixed[index]! / loss - 1)).toBeLessThan(0.02));
});
