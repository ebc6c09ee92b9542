import { scoped, startEngine, tf, type Tensor } from '../engine';
import { uniformNumbers } from '../decoding/random';
import { scatterTokens } from '../ops/scatter-tokens';
import { gradientError } from '../testing/finite-differences';
import { largestDifference } from '../testing/golden';
import type { ExampleBatch } from '../training/objective';
import { Trainer } from '../training/trainer';
import { translationObjective } from '../training/translation';
import { copying, mixed } from './copying';
import { encoderDecoder } from './decoder';
import { followOn } from './follow-on';
import { Parameters } from './parameters';

beforeAll(() => {
  startEngine();
});

const [BATCH, TIME, SOURCE, TOKENS, UNITS, MEMORY] = [2, 3, 4, 6, 5, 4];
const SOURCES = [[1, 4, 4, 2], [5, 1, 0, 0]];
const LENGTHS = [4, 2];
const INPUTS = [[1, 4, 4], [3, 5, 1]];
const numbers = (seed: number, count: number, size = 1): Float32Array => {
  const random = uniformNumbers(seed);
  return Float32Array.from({ length: count }, () => size * (2 * random() - 1));
};
const random = (seed: number, shape: number[], size = 1): Tensor => tf().tensor(numbers(seed, shape.reduce((a, b) => a * b, 1), size), shape);
const ids = (rows: number[][]): Tensor => tf().tensor2d(rows, undefined, 'int32');
const softmax = (logits: ArrayLike<number>): number[] => {
  const largest = Math.max(...Array.from(logits));
  const exponentials = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((each) => each / sum);
};

/** [batch][target][source]: by its definition, place by place. */
function runs(sources: number[][], inputs: number[][]): number[][][] {
  return sources.map((source, row) => {
    const all: number[][] = [];
    inputs[row]!.forEach((token, t) => all.push(source.map((_, j) => (j > 0 && source[j - 1] === token ? 1 : 0) + (j > 0 && t > 0 ? 0.7 * all[t - 1]![j - 1]! : 0))));
    return all;
  });
}

test('followOn finds what goes on from the tokens written, all at once as step by step', () => {
  scoped(() => {
    const { next, run, last } = followOn(ids(SOURCES), ids(INPUTS), tf().zeros([BATCH, SOURCE]));
    expect(largestDifference(run.dataSync(), runs(SOURCES, INPUTS).flat(2))).toBeLessThan(1e-6);
    // After <1 4 4> the last place goes on a run of three; the place before it, one of a single token.
    expect(Array.from(last.dataSync()).slice(0, 4).map((value) => Number(value.toFixed(3)))).toEqual([0, 0, 1.7 - 0.7, 1 + 0.7 + 0.49]);
    expect(Array.from(next.dataSync()).slice(8, 12)).toEqual([0, 0, 1, 1]);
    let state: Tensor = tf().zeros([BATCH, SOURCE]);
    for (let t = 0; t < TIME; t += 1) state = followOn(ids(SOURCES), ids(INPUTS.map((row) => [row[t]!])), state).last;
    expect(largestDifference(state.dataSync(), last.dataSync())).toBeLessThan(1e-6);
  });
});

test("scatterTokens adds up the places of each token, and its gradient is each place's own", () => {
  scoped(() => {
    const values = random(1, [BATCH, TIME, SOURCE]);
    const plain = SOURCES.flatMap((source, row) =>
      Array.from({ length: TIME }, (_, t) => Array.from({ length: TOKENS }, (__, token) => source.reduce((sum, at, j) => sum + (at === token ? values.dataSync()[(row * TIME + t) * SOURCE + j]! : 0), 0))).flat(),
    );
    expect(largestDifference(scatterTokens(values, ids(SOURCES), TOKENS).dataSync(), plain)).toBeLessThan(1e-6);
    const factor = random(2, [BATCH, TIME, TOKENS]);
    const gradient = tf().grad((x: Tensor) => scatterTokens(x, ids(SOURCES), TOKENS).mul(factor).sum())(values);
    const wanted = SOURCES.flatMap((source, row) => Array.from({ length: TIME }, (_, t) => source.map((token) => factor.dataSync()[(row * TIME + t) * TOKENS + token]!)).flat());
    expect(largestDifference(gradient.dataSync(), wanted)).toBeLessThan(1e-6);
  });
});

describe('the mixed distribution', () => {
  /** By See et al.'s formula, in JavaScript's doubles. */
  function plain(logits: Float32Array, choice: Float32Array, copied: Float32Array): number[] {
    return Array.from(choice).flatMap((logit, row) => {
      const generated = 1 / (1 + Math.exp(-logit));
      return softmax(logits.subarray(row * TOKENS, (row + 1) * TOKENS)).map((p, token) => generated * p + (1 - generated) * copied[row * TOKENS + token]!);
    });
  }
  const copied = Float32Array.from([softmax(numbers(5, TOKENS)), [0, 0, 1, 0, 0, 0], softmax(numbers(6, TOKENS))].flat());

  test.each([1, 200])('is the formula for logits of up to %d', (size) => {
    scoped(() => {
      const [logits, choice] = [numbers(3, 3 * TOKENS, size), numbers(4, 3, Math.min(size, 20))];
      const got = mixed(tf().tensor2d(logits, [3, TOKENS]), tf().tensor2d(choice, [3, 1]), tf().tensor2d(copied, [3, TOKENS]));
      expect(largestDifference(got.exp().dataSync(), plain(logits, choice, copied))).toBeLessThan(1e-5);
      expect(largestDifference(got.exp().sum(1).dataSync(), [1, 1, 1])).toBeLessThan(1e-5);
    });
  });

  test('has finite logarithms and gradients where nothing is probable, and where nothing is generated', () => {
    scoped(() => {
      const [logits, choice] = [tf().tensor2d([[0, -500, 500, 0, 0, 0]]), tf().tensor2d([[-300]])];
      const loss = (z: Tensor, g: Tensor, c: Tensor): Tensor => mixed(z, g, c).slice([0, 1], [1, 1]).neg().sum();
      const nothing = tf().tensor2d([[0, 0, 1, 0, 0, 0]]);
      const { value, grads } = tf().valueAndGrads((z: Tensor, g: Tensor, c: Tensor) => loss(z, g, c))([logits, choice, nothing]);
      for (const tensor of [value, ...grads]) expect(Array.from(tensor.dataSync()).every(Number.isFinite)).toBe(true);
    });
  });
});

describe('copying', () => {
  const call = (source: number[][] = SOURCES) => ({
    hidden: random(11, [BATCH, TIME, UNITS]),
    attended: random(12, [BATCH, TIME, UNITS]),
    logits: random(13, [BATCH, TIME, TOKENS], 3),
    memory: random(14, [BATCH, SOURCE, MEMORY]),
    mask: tf().tensor2d(LENGTHS.map((length) => Array.from({ length: SOURCE }, (_, j) => Number(j < length)))),
    source: ids(source),
    following: followOn(ids(source), ids(INPUTS), tf().zeros([BATCH, SOURCE])),
  });

  test('mixes as it says, by weights that plain loops compute alike', () => {
    const parameters = new Parameters(7);
    const copy = copying(parameters, { units: UNITS, outputs: UNITS, memoryUnits: MEMORY });
    scoped(() => {
      const given = call();
      const { logProbabilities, weights, generated } = copy(given, { training: false });
      const [kernel] = parameters.all.filter(({ name }) => name === 'attention.kernel').map(({ variable }) => variable.arraySync() as number[][]);
      const [hidden, memory, logits] = [given.hidden, given.memory, given.logits].map((tensor) => tensor.arraySync() as number[][][]) as [number[][][], number[][][], number[][][]];
      const run = runs(SOURCES, INPUTS);
      const [shares, probabilities]: [number[], number[]] = [[], []];
      const gates = generated.dataSync();
      for (let row = 0; row < BATCH; row += 1) {
        for (let t = 0; t < TIME; t += 1) {
          const scores = Array.from({ length: LENGTHS[row]! }, (_, j) => {
            const content = memory[row]![j]!.reduce((sum, m, a) => sum + hidden[row]![t]!.reduce((inner, h, b) => inner + m * kernel![a]![b]! * h, 0), 0);
            return content + (j > 0 && SOURCES[row]![j - 1] === INPUTS[row]![t] ? 1 : 0) + 2 * run[row]![t]![j]!;
          });
          const share = [...softmax(scores), ...new Array<number>(SOURCE - scores.length).fill(0)];
          shares.push(...share);
          const gate = gates[row * TIME + t]!;
          softmax(logits[row]![t]!).forEach((p, token) => probabilities.push(gate * p + (1 - gate) * share.reduce((sum, weight, j) => sum + (SOURCES[row]![j] === token ? weight : 0), 0)));
        }
      }
      expect(largestDifference(weights.dataSync(), shares)).toBeLessThan(1e-5);
      expect(largestDifference(logProbabilities.exp().dataSync(), probabilities)).toBeLessThan(1e-5);
    });
    parameters.dispose();
  });

  test('has the gradients of finite differences, by all that it is given', () => {
    const parameters = new Parameters(7);
    const copy = copying(parameters, { units: UNITS, outputs: UNITS, memoryUnits: MEMORY });
    const names = ['hidden', 'attended', 'logits', 'memory'] as const;
    scoped(() => {
      const given = call();
      const factor = random(15, [BATCH, TIME, TOKENS]);
      const value = (tensors: Tensor[]): Tensor => copy({ ...given, ...Object.fromEntries(names.map((name, index) => [name, tensors[index]!])) }, { training: true }).logProbabilities.mul(factor).sum();
      const starts = names.map((name) => given[name]);
      const gradients = tf().grads((...tensors: Tensor[]) => value(tensors))(starts).map((gradient) => Float32Array.from(gradient.dataSync()));
      const at = (data: Float32Array[]): number => value(data.map((each, index) => tf().tensor(each, starts[index]!.shape))).dataSync()[0]!;
      expect(gradientError({ value: at, gradients }, starts.map((tensor) => Float32Array.from(tensor.dataSync())))).toBeLessThan(0.02);
    });
    parameters.dispose();
  });
});

/** Sources of 2 to 5 tokens of those from `first` to `last`, which are to be repeated. */
function repeated(seed: number, count: number, first: number, last: number): ExampleBatch {
  const next = uniformNumbers(seed);
  const [source, target] = [new Int32Array(count * 5), new Int32Array(count * 6)];
  const sizes = Int32Array.from({ length: count }, () => 2 + Math.floor(next() * 4));
  sizes.forEach((size, row) => {
    const word = Array.from({ length: size }, () => first + Math.floor(next() * (last - first + 1)));
    source.set(word, row * 5);
    target.set([...word, 2], row * 6);
  });
  const int32 = (shape: number[], data: Int32Array) => ({ dtype: 'int32' as const, shape, data });
  return { inputs: { source: int32([count, 5], source), sourceLengths: int32([count], sizes), target: int32([count, 6], target), targetLengths: int32([count], sizes.map((size) => size + 1)) }, count };
}

test('a decoder that copies repeats tokens that it never saw; one that does not, none of them', async () => {
  const accuracy: number[] = [];
  for (const copy of [true, false]) {
    const parameters = new Parameters(3);
    const model = encoderDecoder(parameters, { sourceTokens: 40, targetTokens: 40, units: 16, embedding: 12, cell: 'gru', copy });
    const trainer = new Trainer({
      objective: translationObjective(model, parameters.all, { start: 1, smoothing: 0.1 }),
      training: { stepsPerEpoch: 40, batch: (epoch, step) => repeated(1000 * epoch + step + 1, 32, 3, 20) },
      validation: { *batches() { yield repeated(99, 64, 21, 39); } },
      epochs: 5,
      learningRate: 0.02,
      schedule: 'warmupCosine',
    });
    const { history } = await trainer.train();
    accuracy.push(history.at(-1)!.metrics['validation/tokenAccuracy']!);
    trainer.dispose();
    parameters.dispose();
  }
  // The end token, a fifth to a third of all, is one that both have seen.
  expect(accuracy[0]).toBeGreaterThan(0.75);
  expect(accuracy[1]).toBeLessThan(0.4);
});

test('refuses to copy from another vocabulary than its own', () => {
  const parameters = new Parameters(1);
  expect(() => encoderDecoder(parameters, { sourceTokens: 9, targetTokens: 8, copy: true })).toThrow(
    'copy: received vocabularies of 9 and 8 tokens, expected one for source and target: a token that is copied must be the same in both',
  );
});
