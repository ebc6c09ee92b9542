import { statistics } from './statistics';

describe('statistics', () => {
  it('scales bytes to 0..1, by channel', () => {
    // numpy: x = [[0, 10], [255, 20]] / 255; x.mean(0), x.std(0)
    const { mean, standardDeviation } = statistics(Uint8Array.from([0, 10, 255, 20]), 2);
    expect(mean[0]).toBeCloseTo(0.5, 15);
    expect(mean[1]).toBeCloseTo(0.058823529411764705, 15);
    expect(standardDeviation[0]).toBeCloseTo(0.5, 15);
    expect(standardDeviation[1]).toBeCloseTo(0.0196078431372549, 15);
  });

  it('keeps the digits of floats far from 0', () => {
    // numpy: numpy.float32([1000000.0, 1000000.125, 1000000.25]).astype('f8').std()
    expect(statistics(Float32Array.from([1000000, 1000000.125, 1000000.25]), 1).standardDeviation[0]).toBeCloseTo(0.10206207261596575, 12);
  });

  it('gives 1 where nothing varies', () => {
    expect(statistics(new Uint8Array(8).fill(9), 2).standardDeviation).toEqual([1, 1]);
    expect(statistics(new Float32Array(8), 4).standardDeviation).toEqual([1, 1, 1, 1]);
  });
});
