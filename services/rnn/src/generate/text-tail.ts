import type { Tokenizer } from '../text/tokenizer';

/** Tokens before a new one that decide how it is spelled: blanks before words, bytes of a character. */
const CONTEXT = 32;
/** What stands for the bytes of a character whose others are still to come. */
const INCOMPLETE = /\uFFFD+$/;

/** Spells a text token by token: what each adds. */
export class Speller {
  readonly #ids: number[] = [];
  #shown = '';

  constructor(private readonly tokenizer: Tokenizer) {}

  add(id: number): string {
    const context = this.#ids.slice(-CONTEXT);
    this.#ids.push(id);
    const before = this.tokenizer.decode(context).replace(INCOMPLETE, '');
    const after = this.tokenizer.decode([...context, id]).replace(INCOMPLETE, '');
    const added = after.startsWith(before) ? after.slice(before.length) : '';
    this.#shown += added;
    return added;
  }

  get text(): string {
    return this.#shown;
  }
}

/** Holds back what may be the beginning of a stop, and ends before the first of them. */
export class StopWatch {
  #held = '';

  constructor(private readonly stops: readonly string[]) {}

  /** @returns what can be shown now, and whether the text has come to its end. */
  add(text: string): { text: string; stopped: boolean } {
    this.#held += text;
    const places = this.stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (places.length > 0) return { text: this.#take(Math.min(...places)), stopped: true };
    return { text: this.#take(this.#held.length - this.#beginning()), stopped: false };
  }

  /** What was held back, when nothing more comes. */
  rest(): string {
    return this.#take(this.#held.length);
  }

  #take(count: number): string {
    const text = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    return text;
  }

  /** Characters at the end that a stop begins with. */
  #beginning(): number {
    const longest = Math.max(0, ...this.stops.map((stop) => Math.min(stop.length - 1, this.#held.length)));
    for (let count = longest; count > 0; count--) if (this.stops.some((stop) => stop.startsWith(this.#held.slice(-count)))) return count;
    return 0;
  }
}
