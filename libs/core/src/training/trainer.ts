import { CoreError } from '../errors';
import type { TrainingResult } from './events';
import type { TrainerOptions } from './options';

/** Trains a network. Equal options, seeds and data give equal weights, bit for bit, interrupted or not. */
export class Trainer {
  constructor(readonly options: TrainerOptions) {}

  /**
   * Trains to the end, or until the signal aborts (at the next step). Between two steps other work of the thread runs.
   * After a cancelled training, `saveCheckpoint` has all that is needed to go on.
   */
  async train(signal?: AbortSignal): Promise<TrainingResult> {
    await Promise.resolve(signal);
    throw new CoreError('UNIMPLEMENTED', 'not yet');
  }

  /** Weights, slots, step, best weights and history as one safetensors blob. */
  saveCheckpoint(): Uint8Array {
    throw new CoreError('UNIMPLEMENTED', 'not yet');
  }

  /**
   * Goes back to a checkpoint, before `train`.
   *
   * @throws CoreError CORRUPT_DATA, or WRONG_STATE when it is of a training with other options.
   */
  resumeFrom(checkpoint: Uint8Array): void {
    throw new CoreError('UNIMPLEMENTED', `not yet ${checkpoint.length}`);
  }

  /** Frees the optimizer's slots; the network stays. */
  dispose(): void {}
}
