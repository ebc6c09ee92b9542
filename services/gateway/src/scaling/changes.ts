/** Something that is active or not. */
export interface Activity {
  isActive(): boolean;
  /** How long that stays so by itself, in milliseconds; Infinity: until told otherwise. */
  staysFor(): number;
  /** @param listener called when it may have changed, or should be said again @returns what ends that */
  follow(listener: () => void): () => void;
}

/** Longest delay that a timer takes. */
const FOREVER_MS = 2 ** 31 - 1;

/** Whether it is active: now, at each change, and again whenever the activity tells of it while it is. Ends with the signal. */
export async function* changes(activity: Activity, signal: AbortSignal): AsyncGenerator<boolean> {
  let wake = (): void => undefined;
  let told = false;
  const unfollow = activity.follow(() => {
    told = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    let last: boolean | undefined;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const active = activity.isActive();
      const again = told && active;
      told = false;
      if (active !== last || again) {
        yield (last = active);
        continue;
      }
      const timer = setTimeout(wake, Math.min(FOREVER_MS, Math.max(1, activity.staysFor())));
      await woken;
      clearTimeout(timer);
    }
  } finally {
    unfollow();
    signal.removeEventListener('abort', onAbort);
  }
}
