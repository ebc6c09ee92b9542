import { Program } from '../capture/program';
import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../engine';
import { toHost, toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import { gradientError } from '../testing/finite-differences';
import { golden, largestDifference } from '../testing/golden';
import { ctcFrames, ctcLoss } from './ctc';
import { ordinalClass, ordinalCrossEntropy } from './ordinal';
import { pinball } from './pinball';
import { sequenceMask, tokenCrossEntropy, tokenMean } from './token-cross-entropy';

interface Golden {
  ctc: { shape: number[]; logits: number[]; labels: number[][]; frames: number[]; dy: number[]; loss: number[]; gradient: number[] };
  smoothing: { logits: number[]; labels: number[][]; dy: number[]; loss: number[]; gradient: number[] };
}

const { ctc, smoothing } = golden<Golden>('sequence.json');
const [time, batch, classes] = ctc.shape as [number, number, number];

beforeAll(() => {
  startEngine();
});

const int32 = (shape: number[], data: number[]): HostTensor => ({ dtype: 'int32', shape, data: Int32Array.from(data) });
const float32 = (shape: number[], data: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) });
const difference = (tensor: Tensor, expected: number[]): number => largestDifference(tensor.dataSync(), expected);

/** Padding is 7, no label at all: it must not be looked at. */
const paddedLabels = ctc.labels.flatMap((row) => [...row, ...new Array<number>(5 - row.length).fill(7)]);
const ctcInputs = {
  logits: float32([time, batch, classes], ctc.logits),
  frames: int32([batch], ctc.frames),
  labels: int32([batch, 5], paddedLabels),
  labelLengths: int32([batch], ctc.labels.map((row) => row.length)),
};

function ctcPass({ logits, frames, labels, labelLengths }: Record<keyof typeof ctcInputs, Tensor>): Tensor[] {
  const of = (x: Tensor): Tensor => ctcLoss(x, frames, { labels, labelLengths });
  return [of(logits), tf().grad((x: Tensor) => of(x).mul(tf().tensor1d(ctc.dy)).sum())(logits)];
}

describe('the CTC loss', () => {
  test("values and gradients are those of TensorFlow's own, with lengths and padding", () => {
    scoped(() => {
      const inputs = Object.fromEntries(Object.entries(ctcInputs).map(([name, host]) => [name, toTensor(host)])) as Record<keyof typeof ctcInputs, Tensor>;
      const [loss, gradient] = ctcPass(inputs) as [Tensor, Tensor];
      expect(difference(loss, ctc.loss)).toBeLessThan(1e-5);
      expect(difference(gradient, ctc.gradient)).toBeLessThan(1e-5);
    });
  });

  test('a captured pass equals it, also with other labels of another length', () => {
    const program = new Program([]);
    const step = program.step<keyof typeof ctcInputs>('ctc', (inputs) => {
      const [loss, gradient] = ctcPass(inputs) as [Tensor, Tensor];
      return { outputs: { loss, gradient } };
    });
    const [loss, gradient] = step.run(ctcInputs, ['loss', 'gradient']);
    expect(largestDifference(loss!.data, ctc.loss)).toBeLessThan(1e-5);
    expect(largestDifference(gradient!.data, ctc.gradient)).toBeLessThan(1e-5);
    const shorter = { ...ctcInputs, labelLengths: int32([batch], [1, 1, 2, 3]) };
    const eager = scoped(() => toHost(ctcPass(Object.fromEntries(Object.entries(shorter).map(([name, host]) => [name, toTensor(host)])) as never)[0]!));
    expect(largestDifference(step.run(shorter, ['loss'])[0]!.data, eager.data)).toBeLessThan(1e-6);
    expect(largestDifference(eager.data, ctc.loss)).toBeGreaterThan(0.1);
    program.dispose();
  });

  test('an example too short for its labels has loss 0 and no gradient, and leaves the others alone', () => {
    scoped(() => {
      const [frames, tensors] = [[9, 5, 9, 5], ctcInputs];
      expect(ctcFrames(ctc.labels[3]!)).toBe(6);
      const of = (x: Tensor): Tensor => ctcLoss(x, tf().tensor1d(frames, 'int32'), { labels: toTensor(tensors.labels), labelLengths: toTensor(tensors.labelLengths) });
      const logits = toTensor(tensors.logits);
      expect(difference(of(logits), [...ctc.loss.slice(0, 3), 0])).toBeLessThan(1e-5);
      const gradient = tf().grad((x: Tensor) => of(x).sum())(logits);
      expect(gradient.slice([0, 3, 0], [time, 1, classes]).abs().max().dataSync()[0]).toBe(0);
      expect(gradient.slice([0, 2, 0], [time, 1, classes]).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
    });
  });

  test('frees its int64 handles, and warns of nothing', () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const inputs = Object.fromEntries(Object.entries(ctcInputs).map(([name, host]) => [name, toTensor(host)])) as Record<keyof typeof ctcInputs, Tensor>;
    scoped(() => ctcPass(inputs).length);
    const before = tensorCounts();
    scoped(() => ctcPass(inputs).length);
    expect(tensorCounts()).toEqual(before);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    tf().dispose(inputs);
  });

  test('refuses tensors that do not belong together', () => {
    scoped(() => {
      const labels = { labels: tf().zeros([2, 3], 'int32'), labelLengths: tf().ones([2], 'int32') };
      expect(() => ctcLoss(tf().zeros([5, 3, 4]), tf().ones([3], 'int32'), labels)).toThrow(
        'received logits, frames, labels and their lengths of [5, 3, 4], [3], [2, 3], [2], expected [time, batch, classes], [batch], [batch, longest] and [batch]',
      );
    });
  });
});

test("smoothed cross entropy of tokens is Keras'", () => {
  scoped(() => {
    const labels = tf().tensor2d(smoothing.labels, undefined, 'int32');
    const of = (x: Tensor): Tensor => tokenCrossEntropy(x, labels, 0.1);
    const logits = tf().tensor(smoothing.logits, [2, 3, 4]);
    expect(difference(of(logits), smoothing.loss)).toBeLessThan(1e-6);
    const gradient = tf().grad((x: Tensor) => of(x).mul(tf().tensor2d(smoothing.dy, [2, 3])).sum())(logits);
    expect(difference(gradient, smoothing.gradient)).toBeLessThan(1e-6);
  });
});

test('the mean over tokens leaves padding out, of sequences and of the batch, in value and gradient', () => {
  scoped(() => {
    const logits = Float32Array.from({ length: 3 * 4 * 5 }, (_, index) => Math.sin(index * 1.7) * 2);
    const labels = tf().tensor2d([[1, 2, 0, 0], [4, 0, 0, 0], [3, 3, 3, 3]], undefined, 'int32');
    const mask = sequenceMask(tf().tensor1d([2, 1, 4], 'int32'), 4);
    expect(mask.arraySync()).toEqual([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]]);
    // The third example is padding of the batch.
    const of = (x: Tensor): Tensor => tokenMean(tokenCrossEntropy(x, labels), mask, tf().tensor1d([0.5, 0.5, 0]));
    const x = tf().tensor(logits, [3, 4, 5]);
    const nats = (row: number, label: number): number => {
      const values = [...logits.subarray(row * 5, row * 5 + 5)];
      return Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0)) - values[label]!;
    };
    expect(of(x).dataSync()[0]).toBeCloseTo((nats(0, 1) + nats(1, 2) + nats(4, 4)) / 3, 5);
    const gradient = tf().grad((given: Tensor) => of(given).asScalar())(x);
    expect(gradient.abs().sum(2).greater(0).arraySync()).toEqual([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]);
    const value = ([at]: Float32Array[]): number => scoped(() => of(tf().tensor(at!, [3, 4, 5])).dataSync()[0]!);
    expect(gradientError({ value, gradients: [gradient.dataSync() as Float32Array] }, [logits])).toBeLessThan(1e-2);
  });
});

test('labels of another shape than the logits are refused', () => {
  scoped(() => {
    expect(() => tokenCrossEntropy(tf().zeros([2, 3, 4]), tf().zeros([3, 2], 'int32'))).toThrow('labels: received [3, 2], expected one for each of the logits [2, 3, 4]');
  });
});

describe('pinball loss', () => {
  test('is least at the quantile of the data', () => {
    scoped(() => {
      const data = Float32Array.from({ length: 101 }, (_, index) => index ** 2);
      const costOf = (guess: number): number => pinball(tf().fill([101, 1], guess), tf().tensor1d(data), [0.9]).mean().dataSync()[0]!;
      expect([8000, 8100, 8200].map(costOf).indexOf(Math.min(...[8000, 8100, 8200].map(costOf)))).toBe(1);
    });
  });

  test('weighs too low and too high by the quantile', () => {
    scoped(() => {
      const loss = pinball(tf().tensor3d([[[1, 4], [3, 3]]]), tf().tensor2d([[2, 3]]), [0.1, 0.9]);
      // 0.1 * 1, 0.1 * 2; nothing, nothing.
      expect(loss.dataSync()[0]).toBeCloseTo((0.1 + 0.2) / 4, 6);
      expect(() => pinball(tf().zeros([2, 1]), tf().zeros([2]), [1])).toThrow('quantiles: received 1, expected numbers above 0 and below 1');
    });
  });
});

test('ordinal loss grows with the distance between classes, and its class counts the boundaries passed', () => {
  scoped(() => {
    const logits = tf().tensor2d([[4, -4, -4]]);
    const costs = [0, 1, 2, 3].map((label) => ordinalCrossEntropy(logits, tf().tensor1d([label], 'int32')).dataSync()[0]!);
    const softplus = (x: number): number => Math.log1p(Math.exp(x));
    expect(costs[1]).toBeCloseTo(softplus(-4), 5);
    expect(costs[3]).toBeCloseTo((softplus(-4) + 2 * softplus(4)) / 3, 5);
    expect(costs[3]).toBeGreaterThan(costs[2]!);
    expect([...ordinalClass(tf().tensor2d([[-1, -2, -3], [4, -4, -4], [3, 2, 1]])).dataSync()]).toEqual([0, 1, 3]);
  });
});
