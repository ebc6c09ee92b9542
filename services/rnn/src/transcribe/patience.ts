import { QuartetError } from '@quartet/contracts';

/** A stream's messages, as long as each comes within `idleMs` of the last: an abandoned one would keep its sound in memory. @throws QuartetError DEADLINE_EXCEEDED */
export async function* patient<T>(requests: AsyncIterable<T>, idleMs: number): AsyncGenerator<T> {
  const messages = requests[Symbol.asyncIterator]();
  try {
    for (;;) {
      const message = await within(messages.next(), idleMs);
      if (message.done) return;
      yield message.value;
    }
  } finally {
    // Not awaited: the next message may never come.
    void messages.return?.();
  }
}

async function within<T>(message: Promise<T>, idleMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<never>((_, reject) => {
    const remedy = 'expected audio or the end of the stream; open it again';
    timer = setTimeout(() => reject(new QuartetError('DEADLINE_EXCEEDED', `received nothing for ${idleMs} ms (QUARTET_AUDIO_IDLE_MS), ${remedy}`)), idleMs);
  });
  message.catch(() => undefined); // Nobody may be waiting for it any more.
  try {
    return await Promise.race([message, idle]);
  } finally {
    clearTimeout(timer);
  }
}
