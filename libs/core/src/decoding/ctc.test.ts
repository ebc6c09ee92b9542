import { golden } from '../testing/golden';
import { ctcBeamSearch, ctcGreedy } from './ctc';
import { logSoftmax, logSum } from './log-sum';

interface Golden {
  ctc: { shape: number[]; logits: number[]; frames: number[]; greedy: number[][]; beams: number[][][]; logProbabilities: number[][] };
}

const { ctc } = golden<Golden>('sequence.json');
const [, batch, classes] = ctc.shape as [number, number, number];

const examples = ctc.frames.map((frames, example) => ({
  frames,
  classes,
  logProbabilities: Array.from({ length: frames }, (_, t) => [...logSoftmax(ctc.logits.slice((t * batch + example) * classes, (t * batch + example + 1) * classes))]).flat(),
}));

test("greedy decoding is TensorFlow's", () => {
  expect(examples.map(ctcGreedy)).toEqual(ctc.greedy);
});

test("beam search finds TensorFlow's three best, with their probabilities", () => {
  examples.forEach((example, index) => {
    const found = ctcBeamSearch(example, 100, 3);
    expect(found.map(({ labels }) => labels)).toEqual(ctc.beams.map((paths) => paths[index]));
    found.forEach(({ logProbability }, rank) => expect(logProbability).toBeCloseTo(ctc.logProbabilities[index]![rank]!, 4));
  });
});

test('a wide beam sums every alignment there is', () => {
  const frames = 4;
  const random = [0.3, -1, 0.7, 1.1, 0.2, -0.4, 0.9, 0.1, -0.3, 0.5, 1.4, -0.8];
  const rows = Array.from({ length: frames }, (_, t) => logSoftmax(random.slice(t * 3, t * 3 + 3)));
  const expected = new Map<string, number>();
  for (let path = 0; path < 3 ** frames; path += 1) {
    const classesAt = Array.from({ length: frames }, (_, t) => Math.floor(path / 3 ** t) % 3);
    const labels = classesAt.filter((k, t) => k !== 2 && k !== classesAt[t - 1]).join('');
    const chance = classesAt.reduce((sum, k, t) => sum + rows[t]![k]!, 0);
    expected.set(labels, logSum(expected.get(labels) ?? -Infinity, chance));
  }
  const found = ctcBeamSearch({ frames, classes: 3, logProbabilities: rows.flatMap((row) => [...row]) }, 1000, 1000).filter(({ logProbability }) => logProbability > -Infinity);
  expect(found.length).toBe(expected.size);
  for (const { labels, logProbability } of found) expect(logProbability).toBeCloseTo(expected.get(labels.join(''))!, 10);
});

test('no frames spell nothing; numbers that are too few are refused', () => {
  expect(ctcGreedy({ frames: 0, classes: 3, logProbabilities: [] })).toEqual([]);
  expect(ctcBeamSearch({ frames: 0, classes: 3, logProbabilities: [] }, 4)).toEqual([{ labels: [], logProbability: 0 }]);
  expect(() => ctcGreedy({ frames: 2, classes: 3, logProbabilities: [0, 0, 0] })).toThrow('received 3 numbers for 2 frames of 3 classes');
});
