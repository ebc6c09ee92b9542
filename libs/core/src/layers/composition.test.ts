import { scoped, startEngine, tf, type Tensor } from '../engine';
import { golden, largestDifference } from '../testing/golden';
import { conv2d } from './convolution';
import { dense } from './dense';
import { embedding } from './embedding';
import { Parameters } from './parameters';
import { averagePool2d } from './pool';
import { activation, residual, sequential } from './sequential';
import { flatten } from './shape';

beforeAll(() => {
  startEngine();
});

const TRAINING = { training: true };

interface Penalty {
  x: number[];
  weights: number[][];
  penalty: number;
  gradients: number[][];
}

test("the gradient penalty of a critic and its gradients are those of Keras (Gulrajani et al., 2017)", () => {
  const expected = golden<Penalty>('penalty.json');
  const parameters = new Parameters(3);
  const critic = sequential(
    conv2d(parameters.scope(0), 1, 4, { stride: 2, activation: 'leakyRelu' }),
    conv2d(parameters.scope(1), 4, 6, { kernelSize: 2, padding: 'valid', activation: 'tanh' }),
    averagePool2d({ stride: 1 }),
    flatten(),
    dense(parameters.scope(2), 24, 5, { activation: 'elu' }),
    dense(parameters.scope(3), 5, 1),
  );
  const weights = parameters.all.map(({ variable }) => variable);
  scoped(() => {
    weights.forEach((weight, index) => weight.assign(tf().tensor(expected.weights[index]!, weight.shape)));
    const x = tf().tensor(expected.x, [3, 8, 8, 1]);
    const penalty = (): Tensor => {
      const slope = tf().grad((image: Tensor) => critic(image, TRAINING).sum())(x);
      const norm = slope.square().sum([1, 2, 3]).sqrt();
      return norm.sub(1).square().mean();
    };
    // The last bias moves no slope; tfjs wants a path to it.
    const { value, grads } = tf().variableGrads(() => penalty().add(weights.at(-1)!.sum().mul(0)).asScalar(), weights);
    expect(largestDifference(value.dataSync(), [expected.penalty])).toBeLessThan(1e-6);
    const differences = weights.map(({ name }, index) => largestDifference(grads[name]!.dataSync(), expected.gradients[index]!));
    expect(Math.max(...differences)).toBeLessThan(5e-6);
  });
  parameters.dispose();
});

test('a residual part adds its input, or its shortcut', () => {
  scoped(() => {
    const x = tf().tensor2d([[1, -2]]);
    expect([...residual(activation('relu'))(x, TRAINING).dataSync()]).toEqual([2, -2]);
    expect([...residual(activation('relu'), (y) => y.mul(10))(x, TRAINING).dataSync()]).toEqual([11, -20]);
  });
});

test('an embedding learns from indices that the forward pass made', () => {
  const parameters = new Parameters(1);
  const vectors = embedding(parameters, 4, 2);
  scoped(() => {
    const x = tf().tensor1d([1, 2]);
    const { grads } = tf().variableGrads(() => vectors(x.add(1).cast('int32'), TRAINING).sum().asScalar());
    expect(Object.values(grads).map((gradient) => gradient.arraySync())).toEqual([[[0, 0], [0, 0], [1, 1], [1, 1]]]);
  });
  parameters.dispose();
});
