import { scoped, startEngine, tf, type Tensor } from '../engine';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { elementCount, type HostTensor } from '../tensor/host-tensor';
import { golden, largestDifference } from '../testing/golden';
import { classificationObjective } from '../training/classification';
import { Trainer } from '../training/trainer';
import { buildNetwork } from './build';
import type { Network } from './network';
import type { NetworkSpec } from './spec';

interface Golden {
  x: number[];
  y: number[];
  weights: Record<string, { shape: number[]; data: number[] }>;
  logits: number[];
  loss: number;
  trainingLogits: number[];
  gradients: Record<string, number[]>;
  moving: Record<string, number[]>;
}

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
  const expected = golden<Golden>('cnn-blocks.json');
  let network: Network;
  beforeAll(() => {
    network = buildNetwork(SPEC, 1);
    network.importWeights(
      new Map(Object.entries(expected.weights).map(([name, { shape, data }]): [string, HostTensor] => [name, { dtype: 'float32', shape, data: Float32Array.from(data) }])),
    );
  });
  afterAll(() => network.dispose());

  test('the forward pass', () => {
    const { logits } = network.predict({ dtype: 'float32', shape: [5, 9, 8, 2], data: Float32Array.from(expected.x) });
    expect(largestDifference(logits.data, expected.logits)).toBeLessThan(2e-6);
  });

  test('the training pass: logits, loss, all gradients, running statistics', () => {
    scoped(() => {
      const x = tf().tensor(expected.x, [5, 9, 8, 2]);
      const y = tf().tensor1d(expected.y, 'int32');
      // Late enough for the statistics' momentum to be Keras'.
      const random = { seed: 1, step: tf().scalar(1000, 'int32') };
      let logits: Tensor | undefined;
      const weights = network.trainableWeights;
      const { value, grads } = tf().variableGrads(
        () => {
          logits = tf().keep(network.forward(x, { training: true, random }).logits);
          return softmaxCrossEntropy(logits, y).mean();
        },
        weights.map(({ variable }) => variable),
      );
      expect(largestDifference(value.dataSync(), [expected.loss])).toBeLessThan(2e-6);
      expect(largestDifference(logits!.dataSync(), expected.trainingLogits)).toBeLessThan(5e-6);
      logits!.dispose();
      expect(Object.keys(expected.gradients).sort()).toEqual(weights.map(({ name }) => name).sort());
      for (const { name, variable } of weights) {
        expect([name, largestDifference(grads[variable.name]!.dataSync(), expected.gradients[name]!) < 2e-5]).toEqual([name, true]);
      }
    });
    for (const [name, data] of Object.entries(expected.moving)) {
      expect(largestDifference(network.exportWeights().get(name)!.data, data)).toBeLessThan(1e-6);
    }
  });
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
