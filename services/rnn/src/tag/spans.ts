/** Tags that mark spans: B-, where one begins, I-, where it goes on, and O, outside of any. */
const SPAN_TAG = /^(?:O|[BI]-.+)$/;

/** Whether tags mark spans. */
export function marksSpans(names: readonly string[]): boolean {
  return names.every((name) => SPAN_TAG.test(name)) && names.some((name) => name.startsWith('B-'));
}

/** The spans of a sentence, as `start end type`. An I- that follows no span of its type begins one, as in CoNLL's evaluation. */
export function spansOf(tags: readonly string[]): Set<string> {
  const spans = new Set<string>();
  let open: { type: string; start: number } | undefined;
  [...tags, 'O'].forEach((tag, at) => {
    const type = tag.slice(2);
    if (open && tag[0] === 'I' && type === open.type) return;
    if (open) spans.add(`${open.start} ${at} ${open.type}`);
    open = tag === 'O' ? undefined : { type, start: at };
  });
  return spans;
}

/** F1 of spans that are right in start, end and type, gathered over sentences. */
export class SpanScores {
  private right = 0;
  private found = 0;
  private true = 0;

  add(truth: readonly string[], predicted: readonly string[]): void {
    const [expected, received] = [spansOf(truth), spansOf(predicted)];
    for (const span of received) this.right += Number(expected.has(span));
    this.found += received.size;
    this.true += expected.size;
  }

  /** 0 where there are no spans at all. */
  get f1(): number {
    return this.found + this.true === 0 ? 0 : (2 * this.right) / (this.found + this.true);
  }
}
