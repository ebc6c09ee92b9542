/**
 * What `work` gives, unless the signal aborts first: then its reason. In place of a race against one promise for the whole call, which would
 * hold all that ever raced against it, every message of a long stream, until the call ends.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
    work.then(
      (result) => {
        signal.removeEventListener('abort', fail);
        resolve(result);
      },
      (error: Error) => {
        signal.removeEventListener('abort', fail);
        reject(error);
      },
    );
  });
}
