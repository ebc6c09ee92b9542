import { excite } from './excite';
import { logOdds, occluded, occlusionMap, planOcclusion } from './occlusion';
import { upsample } from './upsample';

/** A network of one line: how much brightness there is where the mask says. */
const score = (image: ArrayLike<number>, mask: readonly number[]): number => mask.reduce((sum, weight, at) => sum + weight * image[at]!, 0);

describe('occlusion', () => {
  const shape = [5, 7, 2];
  const image = Float32Array.from({ length: 70 }, (_, at) => ((at * 37) % 11) / 11);
  const mask = Array.from({ length: 70 }, (_, at) => ((at * 13) % 7) - 3);

  test.each([[3, 2], [1, 1], [2, 3], [5, 1], [4, 5]])('by a window of %i in steps of %i is what a loop over pixels finds', (window, stride) => {
    const plan = planOcclusion(shape, window, stride);
    const all = occluded(image, plan, plan.corners, [0.25, 0.5]);
    const losses = plan.corners.map((_, at) => score(image, mask) - score(all.subarray(at * 70, (at + 1) * 70), mask));
    const map = occlusionMap(plan, losses);

    const starts = (side: number): number[] => [...new Set([...Array(side).keys()].map((at) => Math.min(at * stride, side - window)))];
    for (let y = 0; y < 5; y += 1) {
      for (let x = 0; x < 7; x += 1) {
        const covering: number[] = [];
        for (const top of starts(5)) {
          for (const left of starts(7)) {
            if (y < top || y >= top + window || x < left || x >= left + window) continue;
            const hidden = image.map((value, at) => {
              const [row, column, channel] = [Math.floor(at / 14), Math.floor(at / 2) % 7, at % 2];
              return row >= top && row < top + window && column >= left && column < left + window ? [0.25, 0.5][channel]! : value;
            });
            covering.push(score(image, mask) - score(hidden, mask));
          }
        }
        const expected = covering.length === 0 ? 0 : covering.reduce((a, b) => a + b) / covering.length;
        expect(map[y * 7 + x]).toBeCloseTo(expected, 4);
      }
    }
  });

  test('the evidence for a class is the logarithm of its odds', () => {
    const p = Math.exp(2) / (Math.exp(2) + Math.exp(-1) + Math.exp(0.5));
    expect(logOdds([2, -1, 0.5], 0)).toBeCloseTo(Math.log(p / (1 - p)), 12);
    expect(logOdds([1000, 0], 0)).toBe(1000);
  });
});

test('a map is enlarged with its pixels at the centres of their squares', () => {
  expect([...upsample([0, 4], [1, 2], [1, 8])]).toEqual([0, 0, 0.5, 1.5, 2.5, 3.5, 4, 4]);
  expect([...upsample([1, 2, 3, 4], [2, 2], [2, 2])]).toEqual([1, 2, 3, 4]);
});

describe('what excites a unit', () => {
  const shape = [6, 6, 1];
  const options = { shape, grey: [0.5], steps: 60, seed: 3n, smoothness: 0, decay: 0, jitter: 0 };
  const mask = Array.from({ length: 36 }, (_, at) => (at % 6 < 3 ? 1 : -1));
  const slopeOf = async (x: Float32Array) => ({ value: score(x, mask), slope: Float32Array.from(mask) });

  test('is found by going uphill, within 0..1', async () => {
    const { image, value, before } = await excite(slopeOf, options);
    expect(before).toBeCloseTo(0, 5);
    expect(value).toBeCloseTo(18, 3);
    expect([...image].map((pixel) => Math.round(pixel))).toEqual(mask.map((sign) => (sign > 0 ? 1 : 0)));
  });

  test('is the same for a seed, and smoother and greyer where that is asked for', async () => {
    const range = (x: Float32Array): number => Math.max(...x) - Math.min(...x);
    const [first, again, other] = [await excite(slopeOf, { ...options, jitter: 1 }), await excite(slopeOf, { ...options, jitter: 1 }), await excite(slopeOf, { ...options, jitter: 1, seed: 4n })];
    expect(again).toEqual(first);
    expect(other.image).not.toEqual(first.image);
    const smooth = await excite(slopeOf, { ...options, smoothness: 3 });
    const step = ({ image }: { image: Float32Array }): number => Math.abs(image[2]! - image[3]!);
    expect(step(smooth)).toBeLessThan(0.8);
    expect(range((await excite(slopeOf, { ...options, decay: 5 })).image)).toBeLessThan(0.7);
  });
});
