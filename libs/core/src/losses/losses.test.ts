import { Program } from '../capture/program';
import { scoped, startEngine, tf, type Tensor } from '../engine';
import { toHost, toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import { gradientError } from '../testing/finite-differences';
import { golden, largestDifference } from '../testing/golden';
import { binaryCrossEntropyWithLogits } from './binary-cross-entropy';
import { gaussianKl } from './gaussian-kl';
import { huber, meanAbsoluteError, meanSquaredError } from './regression';
import { softmaxCrossEntropy } from './softmax-cross-entropy';

interface Golden {
  labels: number[];
  target: number[];
  chance: number[];
  dy: number[];
  shape: number[];
  cases: Record<string, { inputs: number[][]; y: number[]; gradients: number[][] }>;
}

const GOLDEN = golden<Golden>('losses.json');
const { shape, dy } = GOLDEN;
const target = (): Tensor => tf().tensor(GOLDEN.target, shape);

const LOSSES: Record<string, (...inputs: Tensor[]) => Tensor> = {
  softmaxCrossEntropy: (logits) => softmaxCrossEntropy(logits, tf().tensor1d(GOLDEN.labels, 'int32')),
  meanSquaredError: (prediction) => meanSquaredError(prediction, target()),
  meanAbsoluteError: (prediction) => meanAbsoluteError(prediction, target()),
  huber: (prediction) => huber(prediction, target(), 0.7),
  binaryCrossEntropyWithLogits: (logits) => binaryCrossEntropyWithLogits(logits, tf().tensor(GOLDEN.chance, shape)),
  gaussianKl: (mean, logVariance) => gaussianKl(mean, logVariance),
};

beforeAll(() => {
  startEngine();
});

test('every loss of the golden numbers is a case', () => {
  expect(Object.keys(LOSSES)).toEqual(Object.keys(GOLDEN.cases));
});

describe.each(Object.entries(LOSSES))('%s', (name, loss) => {
  const expected = GOLDEN.cases[name]!;
  const inputs = expected.inputs.map((data): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) }));

  const compute = (given: Tensor[]): Tensor[] => [loss(...given), ...tf().grads((...at: Tensor[]) => loss(...at).mul(tf().tensor1d(dy)).sum())(given)];
  const eager = (): HostTensor[] => scoped(() => compute(inputs.map(toTensor)).map((tensor) => toHost(tensor)));

  test('values and gradients are those of Keras', () => {
    const [y, ...gradients] = eager();
    expect(y!.shape).toEqual([shape[0]]);
    expect(largestDifference(y!.data, expected.y)).toBeLessThan(1e-6);
    expect(gradients.map(({ data }, index) => largestDifference(data, expected.gradients[index]!) < 1e-6)).toEqual(inputs.map(() => true));
  });

  test('gradients are those of finite differences', () => {
    const [, ...gradients] = eager();
    const value = (at: Float32Array[]): number =>
      scoped(() => {
        const losses = loss(...at.map((data) => tf().tensor(data, shape))).dataSync();
        return dy.reduce((sum, weight, example) => sum + weight * losses[example]!, 0);
      });
    expect(gradientError({ value, gradients: gradients.map(({ data }) => data) }, inputs.map(({ data }) => data as Float32Array))).toBeLessThan(1e-2);
  });

  test('a captured pass equals an eager one', () => {
    const named = Object.fromEntries(inputs.map((input, index) => [`input${index}`, input]));
    const program = new Program([]);
    const captured = program.step('pass', (given) => ({ outputs: Object.fromEntries(compute(Object.values(given)).map((tensor, index) => [String(index), tensor])) }));
    const wanted = eager();
    const outputs = captured.run(named, wanted.map((_, index) => String(index)));
    // Not bit for bit: TensorFlow rewrites products with constants.
    outputs.forEach(({ data }, index) => expect(largestDifference(data, wanted[index]!.data)).toBeLessThan(1e-6));
    program.dispose();
  });
});

test('cross entropies are finite and exact at logits of any size', () => {
  scoped(() => {
    const logits = tf().tensor2d([[1e4, -1e4]]);
    expect([...binaryCrossEntropyWithLogits(logits, tf().tensor2d([[1, 0]])).dataSync()]).toEqual([0]);
    expect([...binaryCrossEntropyWithLogits(logits, tf().tensor2d([[0, 0]])).dataSync()]).toEqual([5000]);
    expect([...softmaxCrossEntropy(logits, tf().tensor1d([1], 'int32')).dataSync()]).toEqual([20000]);
  });
});

test('the gradient by the target is the negative of that by the prediction', () => {
  scoped(() => {
    const [a, b] = [tf().tensor2d([[1, 2, 5]]), tf().tensor2d([[3, 2, -1]])];
    for (const loss of [meanSquaredError, meanAbsoluteError, huber]) {
      const [da, db] = tf().grads((x: Tensor, y: Tensor) => loss(x, y).sum())([a, b]);
      expect([...db!.neg().dataSync()]).toEqual([...da!.dataSync()]);
    }
  });
});
