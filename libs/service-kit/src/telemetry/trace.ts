import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

const tracer = () => trace.getTracer('quartet');

/** The W3C traceparent of the active span; undefined where there is none, as when telemetry is off. */
export function currentTraceparent(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
}

async function run<T>(active: Span, fn: (span: Span) => T | Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), active), () => fn(active));
  } catch (error) {
    active.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    active.end();
  }
}

/** Runs `fn` in a span under the active one. An error marks the span and goes on to the caller. */
export function span<T>(name: string, attributes: Attributes, fn: (span: Span) => T | Promise<T>): Promise<T> {
  return run(tracer().startSpan(name, { attributes }), fn);
}

/**
 * Runs `fn` in a span under a trace that came by other means than gRPC: with a job, or with an item of a batch. An
 * empty or malformed traceparent starts a new trace.
 */
export function withTraceparent<T>(traceparent: string | undefined, name: string, fn: (span: Span) => T | Promise<T>): Promise<T> {
  const parent = propagation.extract(ROOT_CONTEXT, traceparent ? { traceparent } : {});
  return context.with(parent, () => run(tracer().startSpan(name, { kind: SpanKind.CONSUMER }), fn));
}

/**
 * Records something that has already happened, under the active span or a given traceparent: a wait in a queue, work
 * done in a worker thread.
 * @param startMs Unix time in milliseconds, as are all of `Date.now()`.
 */
export function recordSpan(name: string, startMs: number, endMs: number, attributes: Attributes = {}, traceparent?: string): void {
  const parent = traceparent ? propagation.extract(ROOT_CONTEXT, { traceparent }) : context.active();
  tracer().startSpan(name, { startTime: startMs, attributes }, parent).end(endMs);
}
