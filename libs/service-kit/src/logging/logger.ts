import { isSpanContextValid, trace } from '@opentelemetry/api';
import pino, { stdSerializers, type DestinationStream, type Logger } from 'pino';
import { redact, scrub } from './scrub';
import { standardOutput } from './standard-output';

export type { Logger } from 'pino';

export interface LoggerOptions {
  service: string;
  /** QUARTET_LOG_LEVEL */
  level: string;
  /** Default: the standard output. */
  destination?: DestinationStream;
}

function traceFields(): Record<string, string> {
  const active = trace.getActiveSpan()?.spanContext();
  return active && isSpanContextValid(active) ? { trace_id: active.traceId, span_id: active.spanId } : {};
}

/**
 * A JSON logger: one line an event with `level`, `time` (ISO 8601), `service`, `pid`, `msg`, and `trace_id` and
 * `span_id` while a span is active. Secrets under the usual names, and what looks like one in any text, are left out.
 */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: stdSerializers.errWithCause },
    hooks: { streamWrite: scrub },
    mixin: traceFields,
    redact,
  };
  return pino(options, destination ?? standardOutput());
}
