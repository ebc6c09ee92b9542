import { Philox, philoxBlock, Purpose, shuffle } from './philox';

describe('philoxBlock', () => {
  // kat_vectors of Random123 1.09, "philox4x32 10": counter, key -> block.
  it.each([
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]],
  ])('gives the known answer for counter %p and key %p', (counter, [key0, key1], answer) => {
    const out = new Uint32Array(4);
    philoxBlock(counter, key0!, key1!, out);
    expect([...out]).toEqual(answer);
  });
});

describe('Philox', () => {
  it('repeats from any place, and differs by seed, purpose and place', () => {
    const draw = (seed: bigint, purpose: number, a: number, b: number) => {
      const random = new Philox(seed, purpose).seek(a, b);
      return [random.uint32(), random.uint32(), random.uint32(), random.uint32(), random.uint32()].join();
    };
    const random = new Philox(5n, Purpose.shuffle);
    random.seek(9, 9).uint32();
    expect(random.seek(1, 2).uint32()).toBe(Number(draw(5n, Purpose.shuffle, 1, 2).split(',')[0]));
    const streams = [draw(5n, 2, 1, 2), draw(6n, 2, 1, 2), draw(5n + (1n << 32n), 2, 1, 2), draw(5n, 3, 1, 2), draw(5n, 2, 2, 1), draw(5n, 2, 1, 3)];
    expect(new Set(streams).size).toBe(streams.length);
  });

  it('draws below n without bias: chi-squared over 6 faces', () => {
    const random = new Philox(1, 1).seek(0, 0);
    const faces = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) faces[random.below(6)]!++;
    const chi = faces.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 99.9 % quantile of chi-squared with 5 degrees of freedom.
    expect(chi).toBeLessThan(20.5);
  });

  it('rejects where rejection matters: n just above 2^31', () => {
    const random = new Philox(3, 1).seek(0, 0);
    const n = 2 ** 31 + 1;
    const low = Array.from({ length: 4000 }, () => random.below(n)).filter((value) => value < n / 2).length;
    expect(Math.abs(low - 2000)).toBeLessThan(200);
  });
});

describe('shuffle', () => {
  it('permutes, and every item reaches every place about equally often', () => {
    const random = new Philox(11, Purpose.shuffle);
    const places = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
    for (let run = 0; run < 5000; run++) {
      const items = Uint32Array.from([0, 1, 2, 3, 4]);
      shuffle(items, random.seek(run, 0));
      expect([...items].sort()).toEqual([0, 1, 2, 3, 4]);
      items.forEach((item, place) => places[item]![place]!++);
    }
    for (const count of places.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
