/** Why a training is to stop at its next step: the user cancelled it, the process is to end, or the job isn't ours any longer. */
export type StopReason = 'cancel' | 'drain' | 'lost';

const URGENCY: Record<StopReason, number> = { drain: 1, cancel: 2, lost: 3 };

/** The one place where a training's reasons to stop come together; the weightiest one counts. */
export class StopSignal {
  readonly #controller = new AbortController();
  #reason: StopReason | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  stop(reason: StopReason): void {
    if (this.#reason && URGENCY[this.#reason] >= URGENCY[reason]) return;
    this.#reason = reason;
    this.#controller.abort();
  }
}
