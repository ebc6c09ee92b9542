import { chooseLengths } from './choose-lengths';

/** Steps that are padded to, in all. */
const cost = (counts: number[], lengths: number[]): number => counts.reduce((sum, count) => sum + (lengths.find((length) => length >= count) ?? lengths.at(-1)!), 0);

describe('lengths to pad to', () => {
  it('are one where all are short, two and three where they are longer, the last the longest', () => {
    expect(chooseLengths([1, 5, 17], 256)).toEqual([24]);
    expect(chooseLengths([10, 10, 10, 60], 256)).toEqual([16, 64]);
    expect(chooseLengths([10, 20, 200, 300], 256)).toEqual([24, 200, 256]);
    expect(chooseLengths([0], 256)).toEqual([8]);
    expect(chooseLengths([500], 100)).toEqual([100]);
  });

  it('leave the fewest steps to padding', () => {
    const counts = Array.from({ length: 300 }, (_, index) => 1 + ((index * 37) % 71) + (index % 7 === 0 ? 60 : 0));
    const chosen = chooseLengths(counts, 512);
    expect(chosen).toHaveLength(2);
    for (let length = 8; length < chosen[1]!; length += 8) expect(cost(counts, [length, chosen[1]!])).toBeGreaterThanOrEqual(cost(counts, chosen));
  });
});
