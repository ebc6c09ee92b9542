import { LogMel, LogMelStream, normalizeBands, stackFrames, type HostTensor } from '@quartet/core';

/** How sound becomes a sequence of numbers; kept in the model's manifest. */
export interface FrontEndPlan {
  /** Samples a second. */
  sampleRate: number;
  /** Frequency bands of a frame. */
  bands: number;
  windowMs: number;
  hopMs: number;
  /** Frames that make one step: sequences as much shorter. */
  stack: number;
  /** Of the training part's frames, by band. */
  mean: number[];
  deviation: number[];
  /**
   * `recording`: each band by its own mean and deviation over the whole recording, whatever its loudness and microphone. `training`: by
   * those of the training part, which live sound needs: its future isn't there yet.
   */
  normalization: 'recording' | 'training';
}

/** A front end before it has seen its training part. */
export function frontEndOf(sampleRate: number, normalization: FrontEndPlan['normalization']): FrontEndPlan {
  // So many that each still holds a frequency of the window.
  const bands = Math.min(40, Math.floor(sampleRate / 200));
  return { sampleRate, bands, windowMs: 25, hopMs: 10, stack: 3, mean: new Array<number>(bands).fill(0), deviation: new Array<number>(bands).fill(1), normalization };
}

/** Steps, and the numbers [steps, bands * stack]. */
export interface Features {
  steps: number;
  data: Float32Array;
}

/** Normalized log-mel frames of sound, several to a step. */
export class FrontEnd {
  /** Of a step. */
  readonly features: number;
  readonly secondsPerStep: number;
  private readonly logMel: LogMel;

  constructor(readonly plan: FrontEndPlan) {
    const { sampleRate, bands, windowMs, hopMs, stack } = plan;
    this.logMel = new LogMel({ sampleRate, bands, windowMs, hopMs });
    this.features = bands * stack;
    this.secondsPerStep = (this.logMel.hop * stack) / sampleRate;
  }

  /** Steps that so many samples give. */
  steps(samples: number): number {
    return Math.floor(this.logMel.frameCount(samples) / this.plan.stack);
  }

  /** Samples that so many steps take, at least. */
  samples(steps: number): number {
    return this.logMel.window + (steps * this.plan.stack - 1) * this.logMel.hop;
  }

  /** @param samples In -1..1, enough for one step. */
  of(samples: Float32Array): Features {
    const frames = this.frames(samples);
    const { shape, data } = stackFrames(this.plan.normalization === 'recording' ? normalizeBands(frames) : this.normalize(frames), this.plan.stack);
    return { steps: shape[0]!, data: data as Float32Array };
  }

  /** [frames, bands], as they are. */
  frames(samples: Float32Array): HostTensor {
    return this.logMel.frames({ samples, sampleRate: this.plan.sampleRate });
  }

  /** Of live sound: takes its pieces, and gives the steps that are complete with each. All together they are those of the whole. */
  stream(): (samples: Float32Array) => Features {
    const { sampleRate, stack, bands } = this.plan;
    const stream = new LogMelStream(this.logMel);
    let rest = new Float32Array(0);
    return (samples) => {
      const fresh = this.normalize(stream.push({ samples, sampleRate })).data;
      const all = new Float32Array(rest.length + fresh.length);
      all.set(rest);
      all.set(fresh, rest.length);
      const steps = Math.floor(all.length / (stack * bands));
      rest = all.slice(steps * stack * bands);
      return { steps, data: all.subarray(0, steps * stack * bands) };
    };
  }

  private normalize({ shape, data }: HostTensor): HostTensor {
    const { bands, mean, deviation } = this.plan;
    return { dtype: 'float32', shape, data: Float32Array.from(data, (value, i) => (value - mean[i % bands]!) / deviation[i % bands]!) };
  }
}

/** Recordings that mean and deviation are taken of: more would tell the same. */
const MEASURED = 2000;

/** Mean and deviation of a part's frames, by band. */
export function measureBands(count: number, samples: (row: number) => Float32Array, frontEnd: FrontEnd): Pick<FrontEndPlan, 'mean' | 'deviation'> {
  const { bands } = frontEnd.plan;
  const [sums, squares] = [new Float64Array(bands), new Float64Array(bands)];
  let frames = 0;
  const every = Math.max(1, Math.floor(count / MEASURED));
  for (let row = 0; row < count; row += every) {
    const sound = samples(row);
    if (frontEnd.steps(sound.length) < 1) continue;
    const { data } = frontEnd.frames(sound);
    data.forEach((value, i) => {
      sums[i % bands]! += value;
      squares[i % bands]! += value * value;
    });
    frames += data.length / bands;
  }
  const mean = Array.from(sums, (sum) => sum / Math.max(1, frames));
  return { mean, deviation: Array.from(squares, (sum, band) => Math.sqrt(Math.max(sum / Math.max(1, frames) - mean[band]! ** 2, 1e-6))) };
}
