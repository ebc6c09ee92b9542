/**
 * |FFT|^2 of real numbers, by Cooley and Tukey's algorithm (1965) in double precision, with its tables made once.
 */
export class PowerSpectrum {
  /** Bins from 0 to half the sampling rate: size / 2 + 1. */
  readonly bins: number;
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;
  private readonly order: Uint32Array;
  private readonly real: Float64Array;
  private readonly imaginary: Float64Array;

  /** @param size A power of 2. */
  constructor(readonly size: number) {
    this.bins = size / 2 + 1;
    const turn = (index: number): number => (2 * Math.PI * index) / size;
    this.cosine = Float64Array.from({ length: size / 2 }, (_, index) => Math.cos(turn(index)));
    this.sine = Float64Array.from({ length: size / 2 }, (_, index) => -Math.sin(turn(index)));
    const bits = Math.log2(size);
    this.order = Uint32Array.from({ length: size }, (_, index) => reversed(index, bits));
    this.real = new Float64Array(size);
    this.imaginary = new Float64Array(size);
  }

  /** @param samples Their windowed values; zeros follow up to the FFT's size. @param power Receives `bins` values. */
  compute(samples: Float64Array, power: Float64Array): void {
    const { size, real, imaginary, order } = this;
    for (let index = 0; index < size; index += 1) real[order[index] as number] = samples[index] ?? 0;
    imaginary.fill(0);
    for (let width = 2; width <= size; width *= 2) this.merge(width);
    for (let bin = 0; bin < this.bins; bin += 1) power[bin] = (real[bin] as number) ** 2 + (imaginary[bin] as number) ** 2;
  }

  /** Makes transforms of `width` numbers from pairs of half as many. */
  private merge(width: number): void {
    const { size, real, imaginary, cosine, sine } = this;
    const half = width / 2;
    const stride = size / width;
    for (let start = 0; start < size; start += width) {
      for (let k = 0; k < half; k += 1) {
        const even = start + k;
        const odd = even + half;
        const c = cosine[k * stride] as number;
        const s = sine[k * stride] as number;
        const re = (real[odd] as number) * c - (imaginary[odd] as number) * s;
        const im = (real[odd] as number) * s + (imaginary[odd] as number) * c;
        real[odd] = (real[even] as number) - re;
        imaginary[odd] = (imaginary[even] as number) - im;
        real[even] = (real[even] as number) + re;
        imaginary[even] = (imaginary[even] as number) + im;
      }
    }
  }
}

function reversed(index: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit += 1) result = (result << 1) | ((index >> bit) & 1);
  return result;
}
