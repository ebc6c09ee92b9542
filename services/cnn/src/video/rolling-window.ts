import type { HostTensor } from '@quartet/core';

/** The latest frames of a video, as many as a network sees at once. */
export interface Window {
  /** [1, frames, height, width, channels] */
  clips: HostTensor;
  /** Counted from the video's first, 0. */
  firstFrame: number;
  lastFrame: number;
}

/** Keeps the latest frames of a video, and no more; every `stride` frames, they are a window. */
export class RollingWindow {
  readonly #ring: Float32Array;
  readonly #size: number;
  #count = 0;

  /** @param shape [frames, height, width, channels]. */
  constructor(
    private readonly shape: readonly number[],
    private readonly stride: number,
  ) {
    this.#size = shape.slice(1).reduce((a, b) => a * b, 1);
    this.#ring = new Float32Array(this.#frames * this.#size);
  }

  /** Frames so far. */
  get count(): number {
    return this.#count;
  }

  get #frames(): number {
    return this.shape[0] ?? 1;
  }

  /** @param frame In 0..1; copied. @returns The window that it completes, if any. */
  push(frame: ArrayLike<number>): Window | undefined {
    const frames = this.#frames;
    this.#ring.set(frame, (this.#count % frames) * this.#size);
    this.#count += 1;
    if (this.#count < frames || (this.#count - frames) % this.stride !== 0) return undefined;
    const oldest = (this.#count % frames) * this.#size;
    const data = new Float32Array(this.#ring.length);
    data.set(this.#ring.subarray(oldest));
    data.set(this.#ring.subarray(0, oldest), data.length - oldest);
    return { clips: { dtype: 'float32', shape: [1, ...this.shape], data }, firstFrame: this.#count - frames, lastFrame: this.#count - 1 };
  }
}
