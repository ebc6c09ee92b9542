import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadState } from './shared';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  file: string;
}

/** All spans that the platform's processes have written so far. */
function readSpans(folder: string): Span[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ ...(JSON.parse(line) as Span), file })),
  );
}

describe('traces', () => {
  it('show one trace id from the gateway to the training step', async () => {
    const { traceDir } = loadState();
    // Exporters write in batches: wait for the train call to be there in every process.
    let spans: Span[] = [];
    let trace: Span[] = [];
    for (const start = Date.now(); Date.now() - start < 30_000; await new Promise((resolve) => setTimeout(resolve, 250))) {
      spans = readSpans(traceDir);
      // Other suites train other families on the same platform, before this one or after.
      const step = spans.find((span) => /step/i.test(span.name) && span.file.startsWith('cnn'));
      trace = spans.filter((span) => span.traceId === step?.traceId);
      if (['gateway', 'cnn', 'registry'].every((name) => trace.some((span) => span.file.startsWith(name)))) break;
    }
    const files = new Set(trace.map((span) => span.file.replace(/-\d+\.jsonl$/, '')));
    expect([...files]).toEqual(expect.arrayContaining(['gateway', 'cnn', 'registry']));
    expect(trace.some((span) => /CnnService\/Train/.test(span.name) && span.file.startsWith('gateway'))).toBe(true);
    // Every parent but the root's is in the same trace: no link is broken.
    const ids = new Set(trace.map((span) => span.spanId));
    const orphans = trace.filter((span) => span.parentSpanId && !ids.has(span.parentSpanId));
    expect(orphans.map((span) => `${span.file} ${span.name}`)).toEqual([]);
  });

  it('show a prediction from the gateway to the engine worker', async () => {
    const { traceDir } = loadState();
    let trace: Span[] = [];
    for (const start = Date.now(); Date.now() - start < 30_000; await new Promise((resolve) => setTimeout(resolve, 250))) {
      const spans = readSpans(traceDir);
      const worker = spans.find((span) => span.name === 'engine worker' && span.file.startsWith('cnn') && spans.some((root) => root.traceId === span.traceId && root.file.startsWith('gateway')));
      trace = spans.filter((span) => span.traceId === worker?.traceId);
      if (trace.length > 0) break;
    }
    const parentOf = (span: Span | undefined): Span | undefined => trace.find(({ spanId }) => spanId === span?.parentSpanId);
    const chain: Span[] = [];
    for (let span = trace.find(({ name }) => name === 'engine worker'); span; span = parentOf(span)) chain.push(span);
    expect(chain.map(({ file }) => file.replace(/-\d+\.jsonl$/, ''))).toEqual(['cnn', 'cnn', 'gateway', 'gateway']);
    expect(chain.at(-1)?.name).toMatch(/CnnService\/(Classify|Embed)/);
  });
});
