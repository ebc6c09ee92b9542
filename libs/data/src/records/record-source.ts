import type { Source } from '../ingest/source';
import type { PartName } from '../types';
import { RECORD_FIELDS, type RecordKind } from './kinds';
import { longestFields, type RecordPart } from './record-part';

/** What a reader of records found. */
export interface FoundRecords {
  parts: Partial<Record<PartName, RecordPart>> & { train: RecordPart };
  /** Classes, or the tags of tagged sentences; none if there are none. */
  classNames?: string[];
  /** Classes by part, where the records were pushed without. */
  labels?: Partial<Record<PartName, Int32Array>>;
  skippedFiles: string[];
  /** Of recordings. */
  sampleRate?: number;
}

export function sourceOfRecords(kind: RecordKind, { parts, classNames = [], labels = {}, skippedFiles, sampleRate }: FoundRecords): Source {
  const finished = Object.entries(parts).map(([part, records]) => [part, records.finish(labels[part as PartName])] as const);
  const columns = [...RECORD_FIELDS[kind]];
  return {
    kind,
    exampleShape: longestFields(finished.map(([, part]) => part), columns.length),
    classNames,
    columns,
    parts: Object.fromEntries(finished) as unknown as Source['parts'],
    skippedFiles,
    sampleRate,
  };
}
