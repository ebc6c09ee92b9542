import { context, trace, type Context, type Span } from '@opentelemetry/api';
import type { TrainerEvent } from '../architecture-family';

/** These steps of a process, and each hundredth step of the training, get a span. */
const FIRST_STEPS = 3;
const EVERY_STEPS = 100;

/** The spans of a training under the active one: one an epoch, and in it some of the steps. */
export class TrainingTrace {
  readonly #root: Context = context.active();
  #epoch: { number: number; span: Span } | undefined;
  #lastAt = Date.now();
  #steps = 0;

  /** Marks the start of the first step. */
  begin(): void {
    this.#lastAt = Date.now();
  }

  observe(event: TrainerEvent): void {
    const now = Date.now();
    if (event.type === 'progress') {
      const epoch = this.#enter(event.epoch);
      this.#steps++;
      if (this.#steps <= FIRST_STEPS || event.step % EVERY_STEPS === 0) {
        const parent = trace.setSpan(this.#root, epoch);
        const attributes = { 'quartet.step': event.step, 'quartet.loss': event.metrics['step/loss'] ?? event.metrics['loss'] };
        tracer().startSpan('training step', { startTime: this.#lastAt, attributes }, parent).end(now);
      }
    } else if (event.type === 'epochEnd') {
      this.#epoch?.span.setAttributes(event.metrics).end();
      this.#epoch = undefined;
    }
    this.#lastAt = now;
  }

  /** Ends the span of an epoch that was broken off. */
  end(): void {
    this.#epoch?.span.end();
    this.#epoch = undefined;
  }

  #enter(number: number): Span {
    if (this.#epoch?.number === number) return this.#epoch.span;
    this.end();
    const span = tracer().startSpan('training epoch', { startTime: this.#lastAt, attributes: { 'quartet.epoch': number } }, this.#root);
    this.#epoch = { number, span };
    return span;
  }
}

const tracer = () => trace.getTracer('quartet');
