import { tooLarge } from '../files/read-file';
import type { SourcePart } from '../ingest/source';
import type { Limits } from '../types';

/** Class of a record that has none. */
export const NO_CLASS = -1;

/** Gathers records into one source part: their bytes in order, and the length of each field. */
export class RecordPart {
  private readonly chunks: Uint8Array[] = [];
  private readonly lengths: number[] = [];
  private readonly labels: number[] = [];
  private readonly groups: number[] = [];
  private readonly groupIds = new Map<string, number>();
  private bytes = 0;

  /** @param file It came from, for errors. */
  constructor(
    readonly file: string,
    private readonly limits: Limits,
  ) {}

  get count(): number {
    return this.labels.length;
  }

  /** @param group Records of one group stay in one part of the data set. */
  push(fields: readonly Uint8Array[], label = NO_CLASS, group?: string): void {
    for (const field of fields) {
      this.chunks.push(field);
      this.lengths.push(field.length);
      this.bytes += field.length;
    }
    if (this.bytes > this.limits.maxBytes) throw tooLarge(this.file, this.bytes, this.limits);
    this.labels.push(label);
    if (group === undefined) return;
    const id = this.groupIds.get(group) ?? this.groupIds.size;
    this.groupIds.set(group, id);
    this.groups.push(id);
  }

  /** @param labels Classes, where they are known only at the end. */
  finish(labels?: Int32Array): SourcePart & { lengths: Int32Array } {
    const examples = new Uint8Array(this.bytes);
    let at = 0;
    for (const chunk of this.chunks) {
      examples.set(chunk, at);
      at += chunk.length;
    }
    const groups = this.groupIds.size > 0 ? Int32Array.from(this.groups) : undefined;
    return { file: this.file, count: this.count, examples, labels: labels ?? Int32Array.from(this.labels), lengths: Int32Array.from(this.lengths), groups };
  }
}

/** The longest length of each field, over all parts. */
export function longestFields(parts: readonly { lengths: Int32Array }[], fields: number): number[] {
  const longest = new Array<number>(fields).fill(0);
  for (const { lengths } of parts) lengths.forEach((length, at) => (longest[at % fields] = Math.max(longest[at % fields]!, length)));
  return longest;
}
