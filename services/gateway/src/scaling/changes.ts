/** Something that is active or not. */
export interface Activity {
  isActive(): boolean;
  /** How long that stays so by itself, in milliseconds; Infinity: until told otherwise. */
  staysFor(): number;
  /** @returns what ends that */
  follow(listener: Listener): () => void;
}

/** Called when something may have become active or inactive. @param again that it is active is to be said even if it was before */
export type Listener = (again: boolean) => void;

/** Longest delay that a timer takes. */
const FOREVER_MS = 2 ** 31 - 1;

/** Whether it is active: now, at each change, and whenever that is to be said again. Ends with the signal. */
export async function* changes(activity: Activity, signal: AbortSignal): AsyncGenerator<boolean> {
  let wake = (): void => undefined;
  let again = false;
  const unfollow = activity.follow((isAgain) => {
    again ||= isAgain;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    let last: boolean | undefined;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const active = activity.isActive();
      const saysAgain = again && active;
      again = false;
      if (active !== last || saysAgain) {
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
