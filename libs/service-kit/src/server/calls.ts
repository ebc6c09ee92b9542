import { QuartetError } from '@quartet/contracts';

/** The calls that are being handled: their number, and the drain that waits for it to become 0. */
export class Calls {
  private readonly active = new Set<AbortController>();
  private readonly drain = new AbortController();
  private idle: (() => void) | undefined;

  get draining(): AbortSignal {
    return this.drain.signal;
  }

  get count(): number {
    return this.active.size;
  }

  enter(call: AbortController): void {
    this.active.add(call);
  }

  leave(call: AbortController): void {
    this.active.delete(call);
    if (this.active.size === 0) this.idle?.();
  }

  /** New calls are refused from now on. */
  beginDrain(): void {
    this.drain.abort(drainingError());
  }

  /** Resolves once no call is left, or after `ms`, when it ends those that are. True: none had to be ended. */
  async finish(ms: number): Promise<boolean> {
    if (this.active.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const finished = await Promise.race([
      new Promise<boolean>((resolve) => (this.idle = () => resolve(true))),
      new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms))),
    ]);
    clearTimeout(timer);
    for (const call of this.active) call.abort(drainingError());
    return finished;
  }
}

export function drainingError(): QuartetError {
  return new QuartetError('DRAINING', 'This process is shutting down and takes no new calls. Send the call again; another one will take it.', {
    retryAfterMs: 1000,
  });
}
