import { decodeCheckpoint, type Checkpoint } from './checkpoint';
import type { Clipping } from './options';
import type { ResolvedSettings } from './settings';
import type { TrainingState } from './state';

/** Least steps between two places to go back to, checkpoints aside: each is a copy of weights and slots. */
const LEAST_STEPS = 200;

/** The policy for what isn't finite: keeps a checkpoint to go back to, and says how to go on from there. */
export class Rollback {
  private last: { step: number; bytes: Uint8Array } | undefined;

  constructor(private readonly settings: Pick<ResolvedSettings, 'onNotFinite' | 'learningRate' | 'clip'>) {}

  /** Whether the start of an epoch is to become a place to go back to. */
  isDue(step: number): boolean {
    return this.settings.onNotFinite.action === 'retry' && (!this.last || step >= this.last.step + LEAST_STEPS);
  }

  /** Makes a checkpoint, of this step, the place to go back to. */
  mark(step: number, bytes: Uint8Array): void {
    if (this.settings.onNotFinite.action === 'retry') this.last = { step, bytes };
  }

  /** Takes the place from a checkpoint that the training resumes from. */
  resume(checkpoint: Checkpoint, bytes: Uint8Array): void {
    const { rollback } = checkpoint;
    this.mark((rollback ? decodeCheckpoint(rollback) : checkpoint).state.step, rollback ?? bytes);
  }

  /** What a checkpoint of this step must carry, so that a resumed training goes back as this one would. */
  carriedAt(step: number): Uint8Array | undefined {
    return this.last && this.last.step !== step ? this.last.bytes : undefined;
  }

  /** @returns where to go on from, and what was done in words; undefined when the policy is to stop or has no retry left. */
  goBack(state: TrainingState): { checkpoint: Checkpoint; done: string } | undefined {
    const { onNotFinite, learningRate } = this.settings;
    if (!this.last || state.retries >= onNotFinite.retries) return undefined;
    const retries = state.retries + 1;
    const checkpoint = decodeCheckpoint(this.last.bytes);
    // What was said isn't said again.
    const health = { ...checkpoint.state.health, given: state.health.given };
    const { globalNorm } = this.clip(retries);
    const clipping = globalNorm ? `gradients clipped to global norm ${globalNorm}` : 'no clipping';
    const rate = Number((learningRate * this.rateFactor(retries)).toPrecision(6));
    return {
      checkpoint: { ...checkpoint, state: { ...checkpoint.state, retries, health } },
      done: `went back to step ${checkpoint.state.step}; learning rate ${rate}, ${clipping} (retry ${retries} of ${onNotFinite.retries})`,
    };
  }

  /** On the learning rate, after so many retries. */
  rateFactor(retries: number): number {
    return this.settings.onNotFinite.learningRateFactor ** retries;
  }

  /** Clipping after so many retries. */
  clip(retries: number): Clipping {
    const { onNotFinite, clip } = this.settings;
    const limit = onNotFinite.clipGlobalNorm;
    if (retries === 0 || limit === 0) return clip;
    return { ...clip, globalNorm: clip.globalNorm ? Math.min(clip.globalNorm, limit) : limit };
  }
}
