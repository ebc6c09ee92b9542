export interface Entry {
  /** Seconds after the load began; below 0: before. */
  readonly at: number;
  readonly what: string;
  readonly target: string;
  readonly [detail: string]: unknown;
}

/** What happened, when; and what should not have. */
export class Journal {
  readonly entries: Entry[] = [];
  readonly findings: string[] = [];
  #zero = Date.now();

  constructor(readonly told: (entry: Entry) => void = () => undefined) {}

  /** From now on time counts from 0. */
  begin(): void {
    this.#zero = Date.now();
  }

  get now(): number {
    return (Date.now() - this.#zero) / 1000;
  }

  note(what: string, target: string, details: Record<string, unknown> = {}): void {
    const entry: Entry = { at: Math.round(this.now * 1000) / 1000, what, target, ...details };
    this.entries.push(entry);
    this.told(entry);
  }

  /** A finding: something that must not be. */
  find(what: string): void {
    this.findings.push(`${this.now.toFixed(2)} s: ${what}`);
    this.note('FINDING', what);
  }
}
