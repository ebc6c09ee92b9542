import pino from 'pino';

type Destination = ReturnType<typeof pino.destination>;

let shared: Destination | undefined;

/** Where all loggers of the process write, without waiting for who reads it. What ends the process calls {@link flushLogs} first. */
export function standardOutput(): Destination {
  if (shared) return shared;
  shared = pino.destination({ dest: process.stdout.fd ?? 1, sync: false });
  // Pino calls this for a fatal line and while the process exits; it tries for ever where nobody reads any longer, so that a service whose log's reader has
  // died or hangs would never end.
  shared.flushSync = () => undefined;
  return shared;
}

/** Waits until what was logged has been written or can't be, but no longer than `ms`. */
export async function flushLogs(ms = 500): Promise<void> {
  const stream = shared;
  if (!stream) return;
  let timer: NodeJS.Timeout | undefined;
  const written = new Promise<void>((resolve) => {
    // A pipe without a reader is told as an error, here and to pino, which then stops writing.
    stream.once('error', () => resolve());
    stream.flush(() => resolve());
  });
  await Promise.race([written, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
