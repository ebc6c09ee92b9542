import { scoped, tf, type Tensor } from '../engine';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { buildNetwork } from '../network/build';
import type { Network } from '../network/network';
import type { NetworkSpec } from '../network/spec';
import type { HostTensor } from '../tensor/host-tensor';
import { golden, largestDifference } from './golden';

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

/** Largest differences that single operations in another order make. */
export interface Tolerances {
  logits: number;
  loss: number;
  trainingLogits: number;
  gradients: number;
}

/** Tests a network of a spec against what Keras stored of it in a file of golden/: forward pass, training pass, running statistics. */
export function testAgainstKeras(spec: NetworkSpec, file: string, below: Tolerances): void {
  const expected = golden<Golden>(file);
  const shape = [expected.y.length, ...spec.inputShape];
  let network: Network;
  beforeAll(() => {
    network = buildNetwork(spec, 1);
    network.importWeights(
      new Map(Object.entries(expected.weights).map(([name, { shape: of, data }]): [string, HostTensor] => [name, { dtype: 'float32', shape: of, data: Float32Array.from(data) }])),
    );
  });
  afterAll(() => network.dispose());

  test('the forward pass', () => {
    const { logits } = network.predict({ dtype: 'float32', shape, data: Float32Array.from(expected.x) });
    expect(largestDifference(logits.data, expected.logits)).toBeLessThan(below.logits);
  });

  test('the training pass: logits, loss, all gradients, running statistics', () => {
    scoped(() => {
      const x = tf().tensor(expected.x, shape);
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
      expect(largestDifference(value.dataSync(), [expected.loss])).toBeLessThan(below.loss);
      expect(largestDifference(logits!.dataSync(), expected.trainingLogits)).toBeLessThan(below.trainingLogits);
      logits!.dispose();
      expect(Object.keys(expected.gradients).sort()).toEqual(weights.map(({ name }) => name).sort());
      for (const { name, variable } of weights) {
        expect([name, largestDifference(grads[variable.name]!.dataSync(), expected.gradients[name]!) < below.gradients]).toEqual([name, true]);
      }
    });
    for (const [name, data] of Object.entries(expected.moving)) {
      expect(largestDifference(network.exportWeights().get(name)!.data, data)).toBeLessThan(1e-6);
    }
  });
}
