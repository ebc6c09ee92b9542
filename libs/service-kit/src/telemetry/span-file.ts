import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SpanKind, SpanStatusCode, type Attributes, type HrTime } from '@opentelemetry/api';
import { ExportResultCode, hrTimeToMilliseconds, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** One line of a span file. */
export interface SpanRecord {
  traceId: string;
  spanId: string;
  /** Absent for the first span of a trace. */
  parentSpanId?: string;
  name: string;
  kind: keyof typeof SpanKind;
  /** ISO 8601, UTC. */
  startTime: string;
  endTime: string;
  durationMs: number;
  attributes: Attributes;
  status: { code: keyof typeof SpanStatusCode; message?: string };
  resource: Attributes;
}

const iso = (time: HrTime) => new Date(hrTimeToMilliseconds(time)).toISOString();

export function toRecord(span: ReadableSpan): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: SpanKind[span.kind] as keyof typeof SpanKind,
    startTime: iso(span.startTime),
    endTime: iso(span.endTime),
    durationMs: hrTimeToMilliseconds(span.duration),
    attributes: span.attributes,
    status: { ...span.status, code: SpanStatusCode[span.status.code] as keyof typeof SpanStatusCode },
    resource: span.resource.attributes,
  };
}

/** Appends spans to `<folder>/<service>-<pid>.jsonl`, one JSON line each. A process writes its own file only. */
export class SpanFileExporter implements SpanExporter {
  readonly file: string;
  private written: Promise<unknown>;

  constructor(folder: string, service: string) {
    this.file = join(folder, `${service}-${process.pid}.jsonl`);
    this.written = mkdir(folder, { recursive: true });
    this.written.catch(() => undefined); // Reported by the first export.
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const lines = spans.map((span) => `${JSON.stringify(toRecord(span))}\n`).join('');
    const write = this.written.then(() => appendFile(this.file, lines));
    write.then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: unknown) => done({ code: ExportResultCode.FAILED, error: error as Error }),
    );
    this.written = write.catch(() => undefined);
  }

  async forceFlush(): Promise<void> {
    await this.written;
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}
