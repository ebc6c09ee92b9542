import { MultiBar, type SingleBar } from 'cli-progress';
import type { Output } from './terminal';

export interface Progress {
  /** `note` stands behind the bar. */
  update(done: number, total: number, note: string): void;
  /** A line that stays, above the bar. */
  log(text: string): void;
  stop(): void;
}

/** Milliseconds between plain progress lines. */
const PLAIN_EVERY_MS = 5000;

/** A bar that moves, on a terminal. */
class LiveProgress implements Progress {
  readonly #bars: MultiBar;
  #bar: SingleBar | undefined;
  readonly #title: string;

  constructor(out: Output, title: string) {
    this.#title = title;
    const bar = out.paint('cyan', '{bar}');
    this.#bars = new MultiBar({
      format: `{title} ${bar} {percentage} %  {note}`,
      stream: out.stream,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: Math.max(10, Math.min(30, out.width - 85)),
      hideCursor: true,
      clearOnComplete: false,
      linewrap: false,
      fps: 10,
      gracefulExit: false,
    });
  }

  update(done: number, total: number, note: string): void {
    if (!this.#bar) this.#bar = this.#bars.create(total, done, { title: this.#title, note });
    this.#bar.setTotal(Math.max(total, 1));
    this.#bar.update(done, { title: this.#title, note });
  }

  log(text: string): void {
    if (this.#bar) {
      this.#bars.log(`${text}\n`);
      this.#bars.update();
    } else process.stdout.write(`${text}\n`);
  }

  stop(): void {
    if (this.#bar) this.#bars.update();
    this.#bars.stop();
  }
}

/** A line now and then, for files and pipes. */
class PlainProgress implements Progress {
  #shown = -Infinity;
  #finished = '';
  constructor(
    readonly out: Output,
    readonly title: string,
  ) {}

  update(done: number, total: number, note: string): void {
    const text = `${this.title} ${total > 0 ? Math.floor((100 * done) / total) : 0} %  ${note}`.trimEnd();
    const complete = done >= total && total > 0;
    if (text === this.#finished || (!complete && Date.now() - this.#shown < PLAIN_EVERY_MS)) return;
    this.#shown = Date.now();
    if (complete) this.#finished = text;
    this.out.line(text);
  }

  log(text: string): void {
    this.out.line(text);
  }

  stop(): void {}
}

export const startProgress = (out: Output, title: string): Progress => (out.live ? new LiveProgress(out, title) : new PlainProgress(out, title));
