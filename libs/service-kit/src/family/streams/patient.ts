import { QuartetError } from '@quartet/contracts';

export interface Patience {
  idleMs: number;
  /** Name of the setting that says so. */
  setting: string;
  /** What should come, for the error: `audio or the end of the stream`. */
  expected: string;
  /** Ends the stream with DRAINING. Unset: it goes on to its own end. */
  draining?: AbortSignal;
}

/**
 * A stream's messages, as long as each comes within `idleMs` of the last: an abandoned one would keep what it holds in memory.
 * @throws QuartetError DEADLINE_EXCEEDED, DRAINING
 */
export async function* patient<T>(requests: AsyncIterable<T>, patience: Patience): AsyncGenerator<T> {
  const messages = requests[Symbol.asyncIterator]();
  try {
    for (;;) {
      const message = await within(messages.next(), patience);
      if (message.done) return;
      yield message.value;
    }
  } finally {
    // Not awaited: the next message may never come.
    void messages.return?.();
  }
}

async function within<T>(message: Promise<T>, { idleMs, setting, expected, draining }: Patience): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let drained: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new QuartetError('DEADLINE_EXCEEDED', `received nothing for ${idleMs} ms (${setting}), expected ${expected}; open it again`)), idleMs);
    drained = () => reject(new QuartetError('DRAINING', 'this process is shutting down; open the stream again, another one will take it', { retryAfterMs: 1000 }));
    if (draining?.aborted) drained();
    draining?.addEventListener('abort', drained, { once: true });
  });
  message.catch(() => undefined); // Nobody may be waiting for it any more.
  try {
    return await Promise.race([message, ended]);
  } finally {
    clearTimeout(timer);
    if (drained) draining?.removeEventListener('abort', drained);
  }
}
