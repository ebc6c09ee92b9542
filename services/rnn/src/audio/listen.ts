import type { FrontEnd } from './front-end';

/** Samples at the ends of the scale in a row that are taken for clipping: a single one may be a peak that just fits. */
const CLIPPED_RUN = 3;
const FULL_SCALE = 32_766 / 32_768;
/** Share of the samples that may be clipped before it is told. */
const CLIPPED_SHARE = 0.0005;
/** Root mean square below which a recording is taken for silence: -66 dB. */
const SILENCE = 0.0005;
/** Deviations of the training's frames that a recording's mean may be off, averaged over the bands. */
const STRANGE = 2;

/** What to know of a sound before its answer is trusted. */
export class Listener {
  private count = 0;
  private squares = 0;
  private clipped = 0;
  private run = 0;

  push(samples: Float32Array): void {
    this.count += samples.length;
    for (const sample of samples) {
      this.squares += sample * sample;
      this.run = Math.abs(sample) >= FULL_SCALE ? this.run + 1 : 0;
      if (this.run === CLIPPED_RUN) this.clipped += CLIPPED_RUN;
      else if (this.run > CLIPPED_RUN) this.clipped += 1;
    }
  }

  /** Whether there was silence alone so far. */
  get silent(): boolean {
    return this.level < SILENCE;
  }

  warnings(): string[] {
    const { level } = this;
    if (this.silent) return [`silence: the recording's level is ${level === 0 ? 'zero' : `${(20 * Math.log10(level)).toFixed(0)} dB of full scale`}; check the microphone`];
    const share = this.clipped / this.count;
    return share > CLIPPED_SHARE ? [`clipped: ${(share * 100).toFixed(1)} % of the samples are at full scale; record at a lower level`] : [];
  }

  /** Root mean square. */
  private get level(): number {
    return Math.sqrt(this.squares / Math.max(1, this.count));
  }
}

/** Warns of a recording that is much unlike those of the training: its loudness, its microphone, its noise. */
export function strangeness(samples: Float32Array, frontEnd: FrontEnd): string[] {
  const { bands, mean, deviation } = frontEnd.plan;
  const { data, shape } = frontEnd.frames(samples);
  const sums = new Float64Array(bands);
  data.forEach((value, i) => (sums[i % bands]! += value));
  const off = sums.reduce((total, sum, band) => total + Math.abs(sum / shape[0]! - mean[band]!) / deviation[band]!, 0) / bands;
  return off > STRANGE ? [`unlike the training: its spectrum is ${off.toFixed(1)} deviations off that of the recordings learned from; expect mistakes`] : [];
}
