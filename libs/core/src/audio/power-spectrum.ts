/**
 * |FFT|^2 of real numbers, by Cooley and Tukey's algorithm (1965) in double precision, with its tables made once: two neighbours make one
 * complex number, and the transform of half as many of these gives the whole (Brigham, "The fast Fourier transform", 1974, 10-10).
 */
export class PowerSpectrum {
  /** Bins from 0 to half the sampling rate: size / 2 + 1. */
  readonly bins: number;
  /** Of the complex transform. */
  private readonly half: number;
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;
  private readonly order: Uint32Array;
  private readonly real: Float64Array;
  private readonly imaginary: Float64Array;

  /** @param size A power of 2, at least 2. */
  constructor(readonly size: number) {
    this.half = size / 2;
    this.bins = this.half + 1;
    const turn = (index: number): number => (2 * Math.PI * index) / size;
    this.cosine = Float64Array.from({ length: this.half }, (_, index) => Math.cos(turn(index)));
    this.sine = Float64Array.from({ length: this.half }, (_, index) => -Math.sin(turn(index)));
    const bits = Math.log2(this.half);
    this.order = Uint32Array.from({ length: this.half }, (_, index) => reversed(index, bits));
    this.real = new Float64Array(this.half);
    this.imaginary = new Float64Array(this.half);
  }

  /** @param samples Their windowed values; zeros follow up to the FFT's size. @param power Receives `bins` values. */
  compute(samples: Float64Array, power: Float64Array): void {
    const { half, real, imaginary, order, cosine, sine } = this;
    for (let index = 0; index < half; index += 1) {
      const to = order[index] as number;
      real[to] = samples[2 * index] ?? 0;
      imaginary[to] = samples[2 * index + 1] ?? 0;
    }
    for (let width = 2; width <= half; width *= 2) this.merge(width);
    for (let bin = 0; bin <= half; bin += 1) {
      const [at, mirror] = [bin % half, (half - bin) % half];
      // Of the even samples, and of the odd ones.
      const evenRe = ((real[at] as number) + (real[mirror] as number)) / 2;
      const evenIm = ((imaginary[at] as number) - (imaginary[mirror] as number)) / 2;
      const oddRe = ((imaginary[at] as number) + (imaginary[mirror] as number)) / 2;
      const oddIm = ((real[mirror] as number) - (real[at] as number)) / 2;
      const c = bin === half ? -1 : (cosine[bin] as number);
      const s = bin === half ? 0 : (sine[bin] as number);
      power[bin] = (evenRe + oddRe * c - oddIm * s) ** 2 + (evenIm + oddRe * s + oddIm * c) ** 2;
    }
  }

  /** Makes transforms of `width` numbers from pairs of half as many. */
  private merge(width: number): void {
    const { half: size, real, imaginary, cosine, sine } = this;
    const half = width / 2;
    // The tables are of the whole transform's turns.
    const stride = (2 * size) / width;
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
