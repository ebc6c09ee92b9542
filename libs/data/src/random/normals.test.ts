import { philoxNormals } from './normals';

const drawn = (seed: bigint, index: number, length: number, deviation?: number) => {
  const out = new Float32Array(length);
  philoxNormals(seed, index, out, deviation);
  return out;
};

describe('philoxNormals', () => {
  it('has the moments of a normal distribution', () => {
    const numbers = drawn(7n, 0, 100_000, 2);
    const moment = (power: number) => numbers.reduce((sum, value) => sum + (value / 2) ** power, 0) / numbers.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(3))).toBeLessThan(0.05);
    expect(moment(4)).toBeCloseTo(3, 0);
  });

  it('is a pure function of seed and index, whatever the length', () => {
    expect(drawn(7n, 3, 5)).toEqual(drawn(7n, 3, 9).subarray(0, 5));
    expect(drawn(7n, 3, 5)).not.toEqual(drawn(7n, 4, 5));
    expect(drawn(7n, 3, 5)).not.toEqual(drawn(8n, 3, 5));
  });
});
