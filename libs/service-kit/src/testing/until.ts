import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds, however busy the machine is. @param everyMs Between two looks. @throws Error when it doesn't within 20 s. */
export async function until(holds: () => boolean | Promise<boolean>, { everyMs = 5 } = {}): Promise<void> {
  for (const started = Date.now(); !(await holds()); await sleep(everyMs)) if (Date.now() - started > 20_000) throw new Error('what was waited for did not come within 20 s');
}
