import { ctcBeamSearch, ctcGreedy, type CtcFrames } from '../decoding/ctc';
import { logSoftmax } from '../decoding/log-sum';
import { uniformNumbers } from '../decoding/random';
import { scoped, startEngine, tf } from '../engine';
import { dense } from '../layers/dense';
import { Parameters } from '../layers/parameters';
import { bidirectional } from '../layers/recurrent/compound';
import { gru } from '../layers/recurrent/layers';
import { joinSteps } from '../layers/recurrent/recurrent-layer';
import { ErrorRate } from '../metrics/speech';
import { golden } from '../testing/golden';
import type { HostTensor } from '../tensor/host-tensor';
import type { ExampleBatch } from './objective';
import { Trainer } from './trainer';
import { transcriptionObjective, type TranscriptionModel } from './transcription';

beforeAll(() => {
  startEngine();
});

const [FEATURES, CLASSES, TIME, LONGEST] = [6, 5, 24, 5];
const int32 = (shape: number[], data: ArrayLike<number>): HostTensor => ({ dtype: 'int32', shape, data: Int32Array.from(data) });

/** Signals of labels, each held for 2 to 4 steps with silence of 0 to 2 between, at times that nobody tells; in noise. */
function signals(seed: number, count: number): ExampleBatch {
  const random = uniformNumbers(seed);
  const x = new Float32Array(count * TIME * FEATURES).map(() => 0.4 * (random() - 0.5));
  const labels = new Int32Array(count * LONGEST);
  const [steps, lengths] = [new Int32Array(count), new Int32Array(count)];
  for (let row = 0; row < count; row += 1) {
    const length = 2 + Math.floor(random() * 3);
    let at = 0;
    for (let index = 0; index < length; index += 1) {
      const label = Math.floor(random() * (CLASSES - 1));
      labels[row * LONGEST + index] = label;
      // Silence before an equal label, or the two could not be told apart.
      at += Math.floor(random() * 3) + (index > 0 && labels[row * LONGEST + index - 1] === label ? 1 : 0);
      const end = at + 2 + Math.floor(random() * 2);
      for (; at < end; at += 1) x[(row * TIME + at) * FEATURES + label]! += 1;
    }
    steps[row] = Math.min(at + 1, TIME);
    lengths[row] = length;
  }
  return { inputs: { x: { dtype: 'float32', shape: [count, TIME, FEATURES], data: x }, steps: int32([count], steps), labels: int32([count, LONGEST], labels), labelLengths: int32([count], lengths) }, count };
}

function modelOf(parameters: Parameters): TranscriptionModel {
  const layer = bidirectional(parameters.scope(0), (scope) => gru(scope, FEATURES, 12));
  const output = dense(parameters.scope('output'), layer.units, CLASSES);
  return {
    weights: parameters.all,
    features: FEATURES,
    classes: CLASSES,
    logits: (x, steps, context) => output(joinSteps(layer.apply(x, { lengths: steps, sequences: true }).steps), context).transpose([1, 0, 2]),
    fingerprint: 'signals',
  };
}

test('learns to write down signals at times unknown, by captured steps', async () => {
  const parameters = new Parameters(4);
  const model = modelOf(parameters);
  const objective = transcriptionObjective(model);
  const training = { stepsPerEpoch: 80, batch: (epoch: number, step: number) => signals(1000 * epoch + step + 1, 48) };
  const trainer = new Trainer({ objective, training, epochs: 4, learningRate: 0.02, schedule: 'warmupCosine', clip: { globalNorm: 5 } });
  const { history } = await trainer.train();
  expect(history[0]!.metrics.loss).toBeGreaterThan(1);
  trainer.dispose();
  const unseen = signals(77, 100);
  const logits = scoped(() => {
    const { x, steps } = unseen.inputs as Record<'x' | 'steps', HostTensor>;
    const given = { x: tf().tensor(x.data, x.shape), steps: tf().tensor(steps.data, steps.shape, 'int32') };
    const result = objective.compute({ inputs: { ...given, labels: tf().tensor(unseen.inputs.labels!.data, [100, LONGEST], 'int32'), labelLengths: tf().tensor(unseen.inputs.labelLengths!.data, [100], 'int32') }, exampleWeights: tf().fill([100], 0.01), context: { training: false } });
    expect(result.outputs!.logits!.shape).toEqual([100, TIME, CLASSES]);
    return result.outputs!.logits!.dataSync();
  });
  const rates = [ctcGreedy, (given: CtcFrames) => ctcBeamSearch(given, 8)[0]!.labels].map((decode) => {
    const rate = new ErrorRate();
    for (let row = 0; row < 100; row += 1) {
      const frames = unseen.inputs.steps!.data[row]!;
      const logProbabilities = Array.from({ length: frames }, (_, t) => [...logSoftmax(logits.subarray((row * TIME + t) * CLASSES, (row * TIME + t + 1) * CLASSES))]).flat();
      const length = unseen.inputs.labelLengths!.data[row]!;
      rate.add([[...unseen.inputs.labels!.data.subarray(row * LONGEST, row * LONGEST + length)]], decode({ logProbabilities, frames, classes: CLASSES }));
    }
    return rate.report().rate;
  });
  expect(rates[0]).toBeLessThan(0.05);
  expect(rates[1]).toBeLessThan(0.05);
  parameters.dispose();
});

test("the loss is TensorFlow's, a mean over the examples that count", () => {
  const { ctc } = golden<{ ctc: { shape: [number, number, number]; logits: number[]; labels: number[][]; frames: number[]; loss: number[] } }>('sequence.json');
  const [time, batch, classes] = ctc.shape;
  scoped(() => {
    // The logits are the features themselves.
    const objective = transcriptionObjective({ weights: [], features: classes, classes, logits: (x) => x.transpose([1, 0, 2]), fingerprint: '' });
    const inputs = {
      x: tf().tensor(ctc.logits, [time, batch, classes]).transpose([1, 0, 2]),
      steps: tf().tensor1d(ctc.frames, 'int32'),
      labels: tf().tensor2d(ctc.labels.map((row) => [...row, 0, 0, 0, 0].slice(0, 5)), undefined, 'int32'),
      labelLengths: tf().tensor1d(ctc.labels.map((row) => row.length), 'int32'),
    };
    const { loss } = objective.compute({ inputs, exampleWeights: tf().tensor1d([0.5, 0.5, 0, 0]), context: { training: false } });
    expect(loss.dataSync()[0]).toBeCloseTo((ctc.loss[0]! + ctc.loss[1]!) / 2, 4);
  });
});

test.each([
  ['steps', [0, 24], 'example 0 of a batch: received 0 steps, expected 1 to 24'],
  ['labelLengths', [2, 6], 'example 1 of a batch: received 6 labels, expected 1 to 5'],
  ['labels', [0, 1, 0, 0, 0, 4, 0, 0, 0, 0], 'example 1 of a batch: received label 4, expected 0 to 3'],
  ['steps', [2, 24], 'example 0 of a batch: received 2 steps for labels that need 3; use a shorter hop, or leave it out'],
])('a batch with wrong %s is refused', (name, data, message) => {
  const parameters = new Parameters(1);
  const objective = transcriptionObjective(modelOf(parameters));
  const { inputs } = signals(3, 2);
  const given = { ...inputs, labels: int32([2, 5], [1, 1, 0, 0, 0, 2, 3, 0, 0, 0]), labelLengths: int32([2], [2, 2]), steps: int32([2], [24, 24]) };
  expect(() => objective.check({ inputs: given, count: 2 })).not.toThrow();
  expect(() => objective.check({ inputs: { ...given, [name]: int32(inputs[name]!.shape, data) }, count: 2 })).toThrow(message);
  parameters.dispose();
});
