import type { CallContext } from '@quartet/service-kit';

/**
 * Sends what `watch` yields until it ends, the caller goes, or the process drains; then the stream fails with DRAINING, and
 * the caller watches again elsewhere.
 */
export async function* untilDrained<T>(ctx: CallContext, watch: (signal: AbortSignal) => AsyncIterable<T>): AsyncGenerator<T> {
  const signal = AbortSignal.any([ctx.signal, ctx.draining]);
  yield* watch(signal);
  signal.throwIfAborted();
}

/** Lets events that are pushed be read as an iterable. */
export class EventStream<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  push(item: T): void {
    this.#waiting.push(item);
    this.#wake?.();
  }

  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!;
      if (this.#ended) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#error) throw this.#error;
  }
}
