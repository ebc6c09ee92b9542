import { startEngine } from '../engine';
import { elementCount } from '../tensor/host-tensor';
import { largestDifference } from '../testing/golden';
import { testAgainstKeras } from '../testing/network-golden';
import { classificationObjective } from '../training/classification';
import { Trainer } from '../training/trainer';
import { buildNetwork } from './build';
import type { NetworkSpec } from './spec';

/** The network of make_cnn_golden.py. */
const SPEC: NetworkSpec = {
  inputShape: [9, 8, 2],
  layers: [
    { kind: 'conv2d', filters: 4, activation: 'linear', bias: false },
    { kind: 'batchNormalization' },
    { kind: 'activation' },
    { kind: 'residualBlock', filters: 4 },
    { kind: 'residualBlock', filters: 6, stride: 2 },
    { kind: 'separableBlock', filters: 5, stride: 2 },
    { kind: 'depthwiseConv2d', activation: 'tanh' },
    { kind: 'separableConv2d', filters: 4, activation: 'elu' },
    { kind: 'globalAveragePool' },
  ],
  classes: 3,
};

beforeAll(() => {
  startEngine();
});

describe('residual and separable blocks, against Keras', () => {
  testAgainstKeras(SPEC, 'cnn-blocks.json', { logits: 2e-6, loss: 2e-6, trainingLogits: 5e-6, gradients: 2e-5 });
});

test('the plan counts the weights that are there', () => {
  const network = buildNetwork(SPEC, 1);
  const held = network.weights.reduce((sum, { variable }) => sum + elementCount(variable.shape), 0);
  expect(network.parameterCount).toBe(held);
  network.dispose();
});

test('captured steps of both kinds of block learn what eager ones learn', async () => {
  const losses = await Promise.all(
    [false, true].map(async (eager) => {
      const network = buildNetwork(SPEC, 3);
      const x = Float32Array.from({ length: 6 * 144 }, (_, index) => ((index * 7919) % 97) / 97);
      const inputs = { x: { dtype: 'float32' as const, shape: [6, 9, 8, 2], data: x }, y: { dtype: 'int32' as const, shape: [6], data: Int32Array.of(0, 1, 2, 0, 1, 2) } };
      const batch = { inputs, count: 6 };
      const seen: number[] = [];
      const trainer = new Trainer({
        objective: classificationObjective(network),
        training: { stepsPerEpoch: 1, batch: () => batch },
        epochs: 25,
        learningRate: 0.01,
        eager,
        onEvent: (event) => void (event.type === 'epochEnd' && seen.push(event.metrics.loss!)),
      });
      await trainer.train();
      trainer.dispose();
      network.dispose();
      return seen;
    }),
  );
  const [captured, eager] = losses as [number[], number[]];
  expect(captured.at(-1)!).toBeLessThan(captured[0]! / 2);
  expect(largestDifference(captured.slice(0, 5), eager.slice(0, 5))).toBeLessThan(1e-3);
});
