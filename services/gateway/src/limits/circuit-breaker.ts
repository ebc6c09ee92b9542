export interface CircuitBreakerOptions {
  /** Calls in a row without an answer that open it; 0: never. */
  failures: number;
  /** How long it stays open before one call is let through. */
  openMs: number;
}

/**
 * Keeps calls away from a service that gives no answer at all: after so many failures in a row it is open, and one call each
 * `openMs` is let through to see. Any answer closes it, an error too: a caller's mistakes must not cut off the others.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #nextTry = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** Calls in a row without an answer. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether calls are refused, but for one now and then. */
  get isOpen(): boolean {
    const { failures } = this.#options;
    return failures > 0 && this.#failures >= failures;
  }

  /** Asks to make a call. @returns Milliseconds until one is let through; 0: this one may go. */
  check(now = Date.now()): number {
    if (!this.isOpen) return 0;
    if (now < this.#nextTry) return this.#nextTry - now;
    this.#nextTry = now + this.#options.openMs;
    return 0;
  }

  answered(): void {
    this.#failures = 0;
  }

  unanswered(now = Date.now()): void {
    this.#failures += 1;
    if (this.#failures === this.#options.failures) this.#nextTry = now + this.#options.openMs;
  }
}
