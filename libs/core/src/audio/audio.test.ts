import { golden, largestDifference } from '../testing/golden';
import { addNoise, augmentAudio, changeGain, changeSpeed } from './augment';
import { LogMel, LogMelStream, normalizeBands, stackFrames } from './log-mel';

interface Golden {
  logMel: { samples: number[]; frames: number[]; count: number };
}

const { logMel: expected } = golden<Golden>('sequence.json');
const samples = Float32Array.from(expected.samples);
const frontEnd = new LogMel({ sampleRate: 8000 });
const tone = (hertz: number, length = 4000): Float32Array => Float32Array.from({ length }, (_, index) => Math.sin((2 * Math.PI * hertz * index) / 8000));
const powerOf = (signal: Float32Array): number => signal.reduce((sum, sample) => sum + sample ** 2, 0) / signal.length;

describe('log-mel frames', () => {
  test("are those of TensorFlow's signal library", () => {
    const frames = frontEnd.frames({ samples, sampleRate: 8000 });
    expect(frames.shape).toEqual([expected.count, 40]);
    expect(largestDifference(frames.data, expected.frames)).toBeLessThan(1e-5);
  });

  test('of live sound are those of the whole recording, whatever the pieces', () => {
    const stream = new LogMelStream(frontEnd);
    const pieces = [0, 7, 150, 151, 480, 481, 990, 1000];
    const frames = pieces.slice(1).flatMap((end, index) => [...stream.push({ samples: samples.slice(pieces[index], end), sampleRate: 8000 }).data]);
    expect(frames).toEqual([...frontEnd.frames({ samples, sampleRate: 8000 }).data]);
  });

  test('put a tone into the band of its frequency', () => {
    const loudest = (hertz: number): number => {
      const { data } = frontEnd.frames({ samples: tone(hertz, 200), sampleRate: 8000 });
      return data.indexOf(Math.max(...data));
    };
    const mel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);
    for (const hertz of [600, 1500, 3000]) {
      const centre = ((mel(hertz) - mel(20)) / (mel(4000) - mel(20))) * 41 - 1;
      expect(Math.abs(loudest(hertz) - centre)).toBeLessThan(1);
    }
  });

  test('of silence are finite, and normalized are 0', () => {
    const silent = frontEnd.frames({ samples: new Float32Array(400), sampleRate: 8000 });
    expect(silent.data[0]).toBeCloseTo(Math.log(1e-6), 5);
    expect(normalizeBands(silent).data.every((value) => Math.abs(value) < 1e-3)).toBe(true);
  });

  test('normalized have mean 0 and deviation 1 in each band', () => {
    const { data, shape } = normalizeBands(frontEnd.frames({ samples, sampleRate: 8000 }));
    const band = Array.from({ length: shape[0]! }, (_, frame) => data[frame * 40 + 38]!);
    const mean = band.reduce((a, b) => a + b, 0) / band.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(Math.sqrt(band.reduce((sum, value) => sum + (value - mean) ** 2, 0) / band.length)).toBeCloseTo(1, 3);
  });

  test('are stacked in order, what is left over dropped', () => {
    const frames = { dtype: 'float32' as const, shape: [5, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) };
    expect(stackFrames(frames, 2)).toEqual({ dtype: 'float32', shape: [2, 4], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
  });

  test.each([
    [{ samples, sampleRate: 44100 }, 'sampleRate: received 44100 Hz, expected 8000 Hz; resample the recording first'],
    [{ samples: samples.slice(0, 199), sampleRate: 8000 }, "samples: received 199, expected at least 200, a window's length"],
    [{ samples: Float32Array.from(samples, (value, index) => (index === 300 ? NaN : value)), sampleRate: 8000 }, 'samples: received NaN at 300, expected finite numbers'],
  ])('refuse what they can not take %#', (audio, message) => {
    expect(() => frontEnd.frames(audio)).toThrow(message);
  });

  test('options out of range are named, all of them', () => {
    expect(() => new LogMel({ sampleRate: 8000, bands: 0, high: 5000 })).toThrow(
      'bands: received 0, expected a whole number from 1 to 256; high: received bands from 20 to 5000 Hz, expected a range within 0 to 4000, half the sampling rate',
    );
    expect(() => new LogMel({ sampleRate: 8000, bands: 120 })).toThrow('use fewer bands or a longer window');
  });
});

describe('augmentation', () => {
  test('speed moves a tone up and shortens it', () => {
    const faster = changeSpeed(tone(400), 1.1);
    expect(faster.length).toBe(Math.floor(4000 / 1.1));
    const inner = (signal: Float32Array): Float32Array => signal.slice(10, 3500);
    expect(largestDifference(inner(faster), inner(tone(440)))).toBeLessThan(0.01);
    expect(largestDifference(changeSpeed(tone(400), 1), tone(400))).toBe(0);
    expect(() => changeSpeed(tone(400), 3)).toThrow('speed: received 3, expected 0.5 to 2');
  });

  test('noise has the power that was asked for, gain its decibels', () => {
    const signal = tone(300, 40000);
    const noise = addNoise(signal, 10, 4).map((value, index) => value - signal[index]!);
    expect(10 * Math.log10(powerOf(signal) / powerOf(noise))).toBeCloseTo(10, 1);
    expect(10 * Math.log10(powerOf(changeGain(signal, -6)) / powerOf(signal))).toBeCloseTo(-6, 3);
    expect(addNoise(new Float32Array(10), 10, 4)).toEqual(new Float32Array(10));
  });

  test('repeats for a seed, differs between seeds, stays within its ranges and leaves the input alone', () => {
    const options = { speed: [0.9, 1.1], noise: [10, 30], gain: [-6, 6] } as const;
    const original = samples.slice();
    const [a, again, b] = [1, 1, 2].map((seed) => augmentAudio(samples, options, seed));
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
    expect(samples).toEqual(original);
    const lengths = Array.from({ length: 50 }, (_, seed) => augmentAudio(samples, { speed: [0.9, 1.1] }, seed).length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(909);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1111);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeGreaterThan(100);
    const copy = augmentAudio(samples, {}, 1);
    copy[0] = 9;
    expect(samples[0]).toBe(original[0]);
  });
});
