import { golden } from '../testing/golden';
import { ctcAlign, CtcBeam, ctcBeamSearch, ctcGreedy } from './ctc';
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

test('frames that come in pieces give what all of them give', () => {
  examples.forEach((example) => {
    const beam = new CtcBeam(classes, 5);
    for (let from = 0, size = 1; from < example.frames; from += size, size += 1) {
      const frames = Math.min(size, example.frames - from);
      beam.push({ frames, classes, logProbabilities: example.logProbabilities.slice(from * classes, (from + frames) * classes) });
    }
    expect(beam.results(3)).toEqual(ctcBeamSearch(example, 5, 3));
  });
});

describe('alignment', () => {
  test.each([[[0]], [[0, 1]], [[1, 1]], [[0, 1, 0]]])('of %j is the best of all paths', (labels) => {
    const [frames, count] = [6, 3];
    const logProbabilities = Array.from({ length: frames }, (_, t) => [...logSoftmax([1.3 * Math.sin(3 * t), Math.cos(2 * t + 1), Math.sin(5 * t + 2)])]).flat();
    let best = { chance: -Infinity, starts: [] as number[] };
    for (let path = 0; path < count ** frames; path += 1) {
      const at = Array.from({ length: frames }, (_, t) => Math.floor(path / count ** t) % count);
      const starts = at.flatMap((k, t) => (k !== 2 && k !== at[t - 1] ? [t] : []));
      const chance = at.reduce((sum, k, t) => sum + logProbabilities[t * count + k]!, 0);
      if (starts.map((t) => at[t]).join() === labels.join() && chance > best.chance) best = { chance, starts };
    }
    expect(ctcAlign({ logProbabilities, frames, classes: count }, labels)).toEqual(best.starts);
  });

  test('of labels that the frames are too few for is refused', () => {
    expect(() => ctcAlign({ logProbabilities: [0, 0, 0, 0, 0, 0], frames: 2, classes: 3 }, [1, 1])).toThrow("labels: received 2, which 2 frames can't spell");
    expect(ctcAlign({ logProbabilities: [0, 0, 0], frames: 1, classes: 3 }, [])).toEqual([]);
  });
});

test('no frames spell nothing; numbers that are too few are refused', () => {
  expect(ctcGreedy({ frames: 0, classes: 3, logProbabilities: [] })).toEqual([]);
  expect(ctcBeamSearch({ frames: 0, classes: 3, logProbabilities: [] }, 4)).toEqual([{ labels: [], logProbability: 0 }]);
  expect(() => ctcGreedy({ frames: 2, classes: 3, logProbabilities: [0, 0, 0] })).toThrow('received 3 numbers for 2 frames of 3 classes');
});
