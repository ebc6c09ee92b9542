import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds, however busy the machine is. @throws Error when it doesn't within 20 s. */
export async function until(holds: () => boolean, what = 'what was waited for'): Promise<void> {
  for (const started = Date.now(); !holds(); await sleep(5)) if (Date.now() - started > 20_000) throw new Error(`${what} did not come within 20 s`);
}
