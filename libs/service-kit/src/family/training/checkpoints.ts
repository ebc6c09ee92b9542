import type { Checkpoint, Lease } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { BlobStore } from '@quartet/store';
import type { Logger } from '../../logging/logger';
import { brief, retry } from '../retry';

export interface CheckpointsOptions {
  lease: Lease;
  registry: QuartetClient;
  blobs: BlobStore;
  log: Logger;
  /** The registry has a newer checkpoint. */
  onRecorded(checkpoint: Checkpoint): void;
  /** One couldn't be kept, for a reason that doesn't pass by itself. */
  onFailed(error: unknown): void;
}

interface Made {
  step: number;
  bytes: Uint8Array;
}

/** A job's checkpoints on their way to the blob store and the registry: one at a time, the newest first. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #ended = new AbortController();
  #next: Made | undefined;
  #storing: Promise<void> | undefined;
  #recordedStep = -1;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Takes a checkpoint and returns at once; one that is still waiting is replaced. */
  add(made: Made): void {
    this.#next = made;
    this.#storing ??= this.#store().finally(() => (this.#storing = undefined));
  }

  /** Stores this one as the last, and waits for it. */
  async addLast(made: Made, signal?: AbortSignal): Promise<void> {
    // One that was stopped before its first step has nothing to keep. A training that went back stands at an earlier step than its last checkpoint.
    if (made.step > 0 && made.step !== this.#recordedStep) this.add(made);
    signal?.addEventListener('abort', () => this.#ended.abort(), { once: true });
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.#storing;
  }

  drop(): void {
    this.#next = undefined;
    this.#ended.abort();
  }

  async #store(): Promise<void> {
    const { registry, blobs, lease, log, onRecorded, onFailed } = this.#options;
    const { signal } = this.#ended;
    while (this.#next && !signal.aborted) {
      const { step, bytes } = this.#next;
      this.#next = undefined;
      // A newer one is worth more than a further try with this one.
      const options = {
        signal,
        onRetry: (error: unknown, attempt: number) => {
          if (attempt === 1) log.warn({ ...brief(error), step }, 'checkpoint not kept yet; training goes on');
        },
      };
      try {
        const blob = await retry(() => blobs.put(bytes), options);
        await retry(() => registry.worker.recordCheckpoint({ lease, checkpoint: { step: BigInt(step), blob } }, { signal }), options);
        this.#recordedStep = step;
        onRecorded({ step: BigInt(step), blob });
      } catch (error) {
        if (!signal.aborted) onFailed(error);
      }
    }
  }
}
