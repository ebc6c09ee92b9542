import { CoreError } from '../errors';
import type { HostTensor } from '../tensor/host-tensor';
import { melFilters, type MelFilter } from './mel-filters';
import { PowerSpectrum } from './power-spectrum';

/** One channel of sound. */
export interface Audio {
  /** In -1..1. */
  samples: Float32Array;
  /** Samples a second. */
  sampleRate: number;
}

export interface LogMelOptions {
  /** Of all recordings: others are refused. */
  sampleRate: number;
  /** Frequency bands of a frame. Default 40. */
  bands?: number;
  /** Length of a frame's window. Default 25. */
  windowMs?: number;
  /** From one frame's start to the next one's. Default 10. */
  hopMs?: number;
  /** Hertz where the lowest band begins. Default 20. */
  low?: number;
  /** Hertz where the highest band ends. Default: half the sampling rate. */
  high?: number;
}

/** Added to the power before its logarithm, which silence has none of. */
const FLOOR = 1e-6;

/**
 * Log-mel frames of sound (Davis and Mermelstein, 1980, without the cosine transform): ln(mel filters * |FFT(Hann window * samples)|^2 +
 * 1e-6). A frame depends on its own window alone, so that live sound gives the same frames; the end that fills no window is left out.
 *
 * @example
 * const frontEnd = new LogMel({ sampleRate: 8000 });
 * const frames = frontEnd.frames({ samples, sampleRate: 8000 }); // [frames, 40]
 */
export class LogMel {
  readonly bands: number;
  readonly sampleRate: number;
  /** Samples of a window, and from one to the next. */
  readonly window: number;
  readonly hop: number;
  private readonly hann: Float64Array;
  private readonly filters: readonly MelFilter[];
  private readonly spectrum: PowerSpectrum;
  private readonly power: Float64Array;
  private readonly windowed: Float64Array;

  /** @throws CoreError INVALID_FIELD with a violation for each option out of its range. */
  constructor(options: LogMelOptions) {
    const { sampleRate, bands = 40, windowMs = 25, hopMs = 10, low = 20, high = sampleRate / 2 } = options;
    check({ sampleRate, bands, windowMs, hopMs, low, high });
    this.sampleRate = sampleRate;
    this.bands = bands;
    this.window = Math.round((sampleRate * windowMs) / 1000);
    this.hop = Math.round((sampleRate * hopMs) / 1000);
    this.hann = Float64Array.from({ length: this.window }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / this.window));
    this.spectrum = new PowerSpectrum(2 ** Math.max(1, Math.ceil(Math.log2(this.window))));
    this.power = new Float64Array(this.spectrum.bins);
    this.windowed = new Float64Array(this.window);
    this.filters = melFilters(bands, this.spectrum.bins, sampleRate, low, high);
    const empty = this.filters.findIndex(({ weights }) => weights.length === 0);
    if (empty >= 0) throw CoreError.invalid('bands', `received ${bands}, so many that band ${empty} holds no frequency of a ${windowMs} ms window; use fewer bands or a longer window`);
  }

  /** Frames that so many samples give. */
  frameCount(samples: number): number {
    return Math.max(0, Math.floor((samples - this.window) / this.hop) + 1);
  }

  /**
   * @returns [frames, bands].
   * @throws CoreError INVALID_FIELD for another sampling rate, samples that aren't finite, or fewer than a window.
   */
  frames({ samples, sampleRate }: Audio): HostTensor {
    if (sampleRate !== this.sampleRate) throw CoreError.invalid('sampleRate', `received ${sampleRate} Hz, expected ${this.sampleRate} Hz; resample the recording first`);
    if (samples.length < this.window) throw CoreError.invalid('samples', `received ${samples.length}, expected at least ${this.window}, a window's length`);
    const broken = samples.findIndex((sample) => !Number.isFinite(sample));
    if (broken >= 0) throw CoreError.invalid('samples', `received ${samples[broken]} at ${broken}, expected finite numbers`, 'NOT_FINITE');
    const count = this.frameCount(samples.length);
    const data = new Float32Array(count * this.bands);
    for (let frame = 0; frame < count; frame += 1) this.frame(samples, frame * this.hop, data, frame * this.bands);
    return { dtype: 'float32', shape: [count, this.bands], data };
  }

  private frame(samples: Float32Array, start: number, data: Float32Array, at: number): void {
    const { window, hann, windowed, power } = this;
    for (let index = 0; index < window; index += 1) windowed[index] = (samples[start + index] as number) * (hann[index] as number);
    this.spectrum.compute(windowed, power);
    this.filters.forEach(({ start: bin, weights }, band) => {
      let sum = 0;
      for (let index = 0; index < weights.length; index += 1) sum += (weights[index] as number) * (power[bin + index] as number);
      data[at + band] = Math.log(sum + FLOOR);
    });
  }
}

/** Log-mel frames of live sound, as its pieces come in: all together they are those of the whole. */
export class LogMelStream {
  private rest = new Float32Array(0);

  constructor(private readonly frontEnd: LogMel) {}

  /** @returns [frames, bands]: the frames whose windows are now complete, maybe none. */
  push({ samples, sampleRate }: Audio): HostTensor {
    const { hop, window, bands } = this.frontEnd;
    const all = new Float32Array(this.rest.length + samples.length);
    all.set(this.rest);
    all.set(samples, this.rest.length);
    const frames = all.length < window ? { dtype: 'float32' as const, shape: [0, bands], data: new Float32Array(0) } : this.frontEnd.frames({ samples: all, sampleRate });
    this.rest = all.slice((frames.shape[0] as number) * hop);
    return frames;
  }
}

/** Each band less its mean over the recording, divided by its deviation: takes out loudness and the microphone's colour. */
export function normalizeBands({ shape, data }: HostTensor): HostTensor {
  const [frames, bands] = shape as [number, number];
  const result = new Float32Array(data.length);
  for (let band = 0; band < bands; band += 1) {
    let [sum, squares] = [0, 0];
    for (let at = band; at < data.length; at += bands) sum += data[at] as number;
    const mean = sum / frames;
    for (let at = band; at < data.length; at += bands) squares += ((data[at] as number) - mean) ** 2;
    // A band that never changes becomes 0, not noise made large.
    const scale = 1 / Math.sqrt(squares / frames + 1e-5);
    for (let at = band; at < data.length; at += bands) result[at] = ((data[at] as number) - mean) * scale;
  }
  return { dtype: 'float32', shape: [...shape], data: result };
}

/** Joins every `count` frames to one of as many times the bands: sequences as much shorter. Frames left over at the end are dropped. */
export function stackFrames({ shape, data }: HostTensor, count: number): HostTensor {
  const [frames, bands] = shape as [number, number];
  const steps = Math.floor(frames / count);
  return { dtype: 'float32', shape: [steps, count * bands], data: data.subarray(0, steps * count * bands) };
}

function check({ sampleRate, bands, windowMs, hopMs, low, high }: Required<LogMelOptions>): void {
  const violations = [
    !(Number.isInteger(sampleRate) && sampleRate >= 1000) && { field: 'sampleRate', description: `received ${sampleRate}, expected a whole number of at least 1000 Hz` },
    !(Number.isInteger(bands) && bands >= 1 && bands <= 256) && { field: 'bands', description: `received ${bands}, expected a whole number from 1 to 256` },
    !(windowMs >= 1 && windowMs <= 1000) && { field: 'windowMs', description: `received ${windowMs}, expected 1 to 1000` },
    !(hopMs >= 1 && hopMs <= 1000) && { field: 'hopMs', description: `received ${hopMs}, expected 1 to 1000` },
    !(low >= 0 && low < high && high <= sampleRate / 2) && { field: 'high', description: `received bands from ${low} to ${high} Hz, expected a range within 0 to ${sampleRate / 2}, half the sampling rate` },
  ].filter((violation) => violation !== false);
  if (violations.length > 0) throw CoreError.invalidAll(violations);
}
