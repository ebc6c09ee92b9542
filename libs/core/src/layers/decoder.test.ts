import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportModel } from '../artifact/export-model';
import { SavedModelSession } from '../artifact/session';
import { beamSearch, gatherRows, type Hypothesis } from '../decoding/beam-search';
import { uniformNumbers } from '../decoding/random';
import { scoped, startEngine, tf, type Tensor } from '../engine';
import type { HostTensor } from '../tensor/host-tensor';
import { gradientError } from '../testing/finite-differences';
import { largestDifference } from '../testing/golden';
import type { BatchSource } from '../training/batches';
import type { ExampleBatch } from '../training/objective';
import { Trainer } from '../training/trainer';
import { translationObjective } from '../training/translation';
import { encoderDecoder, type EncoderDecoderOptions } from './decoder';
import { decoderFunctions, stateNames } from './decoder-functions';
import { Parameters } from './parameters';

beforeAll(() => {
  startEngine();
});

const [START, END] = [1, 2];
const int32 = (shape: number[], data: ArrayLike<number>): HostTensor => ({ dtype: 'int32', shape, data: Int32Array.from(data) });
const tokens = (rows: number[][]): Tensor => tf().tensor2d(rows, undefined, 'int32');
const lengths = (...of: number[]): Tensor => tf().tensor1d(of, 'int32');
const context = { training: false };

/** Words of 3 to 6 letters, 3 to 8, and the same backwards. */
function words(seed: number, count: number): ExampleBatch {
  const random = uniformNumbers(seed);
  const [source, target] = [new Int32Array(count * 6), new Int32Array(count * 7)];
  const sizes = Int32Array.from({ length: count }, () => 3 + Math.floor(random() * 4));
  sizes.forEach((size, row) => {
    const word = Array.from({ length: size }, () => 3 + Math.floor(random() * 6));
    source.set(word, row * 6);
    target.set([...word.reverse(), END], row * 7);
  });
  return {
    inputs: { source: int32([count, 6], source), sourceLengths: int32([count], sizes), target: int32([count, 7], target), targetLengths: int32([count], sizes.map((size) => size + 1)) },
    count,
  };
}

function small(options: Partial<EncoderDecoderOptions> = {}, seed = 1) {
  const parameters = new Parameters(seed);
  return { parameters, model: encoderDecoder(parameters, { sourceTokens: 9, targetTokens: 9, units: 8, embedding: 5, ...options }) };
}

describe.each([
  { cell: 'lstm', attention: 'luong', layers: 1 },
  { cell: 'gru', attention: 'bahdanau', layers: 2 },
  { cell: 'simple', attention: 'luong', layers: 1, bidirectional: false },
  { cell: 'lstm', attention: 'bahdanau', layers: 1, copy: true },
] as const)('an encoder-decoder of $layers layer(s), $cell, $attention, copy $copy', (options) => {
  test('decodes step by step as it does all at once, whatever the padding', () => {
    const { model, parameters } = small(options);
    scoped(() => {
      const inputs = [[START, 3, 4, 5], [START, 6, 7, 8]];
      const encoded = model.encode(tokens([[3, 4, 5, 0], [6, 0, 0, 0]]), lengths(3, 1), context);
      const whole = model.decode(tokens(inputs), encoded, lengths(3, 1), context);
      let { states } = encoded;
      for (let t = 0; t < 4; t += 1) {
        const step = model.decode(tokens(inputs.map((row) => [row[t]!])), { ...encoded, states }, lengths(3, 1), context);
        expect(largestDifference(step.logits.dataSync(), whole.logits.slice([0, t, 0], [2, 1, 9]).dataSync())).toBeLessThan(1e-5);
        states = step.states;
      }
      // Padding has no say, and gets no attention.
      const longer = model.encode(tokens([[3, 4, 5, 8, 8, 8], [6, 8, 8, 8, 8, 8]]), lengths(3, 1), context);
      const { logits, attention } = model.decode(tokens(inputs), longer, lengths(3, 1), context);
      expect(largestDifference(logits.dataSync(), whole.logits.dataSync())).toBeLessThan(1e-5);
      expect(largestDifference(attention.slice([1, 0, 0], [1, 4, 6]).dataSync(), Array.from({ length: 4 }, () => [1, 0, 0, 0, 0, 0]).flat())).toBeLessThan(1e-6);
      expect(attention.slice([1, 0, 1], [1, 4, 5]).max().dataSync()[0]).toBe(0);
      expect(largestDifference(attention.sum(2).dataSync(), new Array<number>(8).fill(1))).toBeLessThan(1e-6);
    });
    parameters.dispose();
  });

  test('has the gradients of finite differences, for each weight', () => {
    const { model, parameters } = small(options);
    const objective = translationObjective(model, parameters.all, { start: START, smoothing: 0.1 });
    const batch = words(5, 3);
    const value = (): Tensor => {
      const inputs = Object.fromEntries(Object.entries(batch.inputs).map(([name, host]) => [name, tf().tensor(host.data, host.shape, 'int32')]));
      return objective.compute({ inputs, exampleWeights: tf().fill([3], 1 / 3), context: { training: true } }).loss;
    };
    const starts = parameters.all.map(({ variable }) => Float32Array.from(variable.dataSync()));
    const gradients = scoped(() => {
      const { grads } = tf().variableGrads(() => value().asScalar(), parameters.all.map(({ variable }) => variable));
      return parameters.all.map(({ variable }) => Float32Array.from(grads[variable.name]!.dataSync()));
    });
    parameters.all.forEach(({ name, variable }, index) => {
      const at = (data: Float32Array): void => scoped(() => variable.assign(tf().tensor(data, variable.shape)));
      const lossAt = ([data]: Float32Array[]): number => {
        at(data!);
        return scoped(() => value().dataSync()[0]!);
      };
      const error = gradientError({ value: lossAt, gradients: [gradients[index]!] }, [starts[index]!], 5e-2);
      at(starts[index]!);
      expect({ name, error: error < 0.05 }).toEqual({ name, error: true });
    });
    parameters.dispose();
  });
});

describe('trained to spell words backwards', () => {
  const source: BatchSource = { stepsPerEpoch: 80, batch: (epoch, step) => words(epoch * 1000 + step + 1, 64) };
  const { parameters, model } = small({ units: 32, embedding: 16, cell: 'gru' });
  const objective = translationObjective(model, parameters.all, { start: START, scheduledSampling: { share: 0.2, steps: 300 } });
  let session: SavedModelSession | undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'quartet-decoder-'));

  beforeAll(async () => {
    const trainer = new Trainer({ objective, training: source, validation: { *batches() { yield words(77, 64); } }, epochs: 8, learningRate: 0.01, schedule: 'warmupCosine', clip: { globalNorm: 1 } });
    const { history } = await trainer.train();
    expect(history.at(-1)!.metrics['validation/tokenAccuracy']).toBeGreaterThan(0.97);
    trainer.dispose();
    const { bytes, signatures } = exportModel({ weights: parameters.all, functions: decoderFunctions(model, 6) });
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
    session = new SavedModelSession(folder, signatures);
  });
  afterAll(() => {
    session?.dispose();
    parameters.dispose();
    rmSync(folder, { recursive: true });
  });

  /** Beam search by the exported functions. */
  function spell(batch: ExampleBatch, width: number): Hypothesis[][] {
    const { source: given, sourceLengths } = batch.inputs as Record<'source' | 'sourceLengths', HostTensor>;
    const repeated = Array.from({ length: batch.count * width }, (_, row) => Math.floor(row / width));
    const [tokensOf, sizes] = [gatherRows(given, repeated), gatherRows(sourceLengths, repeated)];
    const [names, next] = [false, true].map((after) => stateNames(model.stateUnits(6).length, after)) as [string[], string[]];
    const { memory, ...first } = session!.run<string>({ source: tokensOf, sourceLength: sizes }, undefined, 'encode');
    let states = first as Record<string, HostTensor>;
    return beamSearch({
      examples: batch.count,
      tokens: 9,
      start: START,
      end: END,
      maxLength: 8,
      width,
      step(token, parents) {
        const gathered = Object.fromEntries(names.map((name) => [name, gatherRows(states[name]!, parents)]));
        const result = session!.run<string>({ token: int32([token.length], token), sourceLength: sizes, memory: memory!, ...gathered }, undefined, 'step');
        states = Object.fromEntries(names.map((name, index) => [name, result[next[index]!]!]));
        return { logProbabilities: result.logProbabilities!.data, attention: result.attention!.data };
      },
    });
  }

  test('the exported functions spell words never seen, and their attention goes from the end to the start', () => {
    const batch = words(123, 50);
    const [source, target] = [batch.inputs.source!, batch.inputs.target!];
    let right = 0;
    let backwards = 0;
    spell(batch, 3).forEach(([best], row) => {
      const size = batch.inputs.sourceLengths!.data[row]!;
      if (best!.tokens.join() === [...target.data.subarray(row * 7, row * 7 + size)].join()) right += 1;
      best!.attention.slice(0, size).forEach((weights, at) => {
        expect([...weights.slice(size)].every((weight) => weight === 0)).toBe(true);
        if (weights.indexOf(Math.max(...weights)) === size - 1 - at) backwards += 1 / size;
      });
      expect(source.shape).toEqual([50, 6]);
    });
    expect(right).toBeGreaterThanOrEqual(45);
    expect(backwards).toBeGreaterThan(20);
  });

  test('a search with width 1 gives the argmax of each step', () => {
    const batch = words(9, 6);
    const greedy = spell(batch, 1).map(([best]) => best!.tokens);
    scoped(() => {
      const [source, sizes] = [batch.inputs.source!, batch.inputs.sourceLengths!].map(({ data, shape }) => tf().tensor(data, shape, 'int32')) as [Tensor, Tensor];
      const encoded = model.encode(source, sizes, context);
      const inputs = tokens(greedy.map((row) => [START, ...row, ...new Array<number>(7).fill(0)].slice(0, 7)));
      const best = model.decode(inputs, encoded, sizes, context).logits.argMax(2).arraySync() as number[][];
      greedy.forEach((row, index) => expect(best[index]!.slice(0, row.length + 1)).toEqual([...row, END]));
    });
  });
});

test('scheduled sampling changes what is learnt from only once it has begun, and not an evaluation', () => {
  const { model, parameters } = small();
  const batch = words(5, 4);
  const loss = (share: number, step: number, training = true): number =>
    scoped(() => {
      const objective = translationObjective(model, parameters.all, { start: START, ...(share > 0 && { scheduledSampling: { share, steps: 10 } }) });
      const inputs = Object.fromEntries(Object.entries(batch.inputs).map(([name, host]) => [name, tf().tensor(host.data, host.shape, 'int32')]));
      const random = { seed: 1, step: tf().scalar(step, 'int32') };
      return objective.compute({ inputs, exampleWeights: tf().fill([4], 1 / 4), context: training ? { training, random } : { training } }).loss.dataSync()[0]!;
    });
  expect(loss(0.5, 0)).toBe(loss(0, 0));
  expect(loss(0.5, 10)).not.toBe(loss(0, 10));
  expect(loss(0.5, 10, false)).toBe(loss(0, 10, false));
  parameters.dispose();
});

test('tokens and lengths out of range are refused', () => {
  const { model, parameters } = small();
  const objective = translationObjective(model, parameters.all, { start: START });
  const batch = words(5, 2);
  const wrong = (name: string, data: number[]): ExampleBatch => ({ ...batch, inputs: { ...batch.inputs, [name]: int32(batch.inputs[name]!.shape, data) } });
  expect(() => objective.check(batch)).not.toThrow();
  expect(() => objective.check(wrong('source', [9, 3, 4, 0, 0, 0, 3, 3, 3, 0, 0, 0]))).toThrow('input source: received token 9, expected 0 to 8, padding included');
  expect(() => objective.check(wrong('targetLengths', [0, 4]))).toThrow('input targetLengths: received 0, expected 1 to 7');
  parameters.dispose();
});
