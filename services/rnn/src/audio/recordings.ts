import { loadRecords, type Records } from '@quartet/data';

/** A part of a data set of recordings. */
export interface Recordings {
  count: number;
  /** [count], -1: no class. */
  classes: Int32Array;
  /** Samples of a recording. */
  length(row: number): number;
  /** In -1..1. */
  samples(row: number): Float32Array;
  /** What is said, blanks made one space each. */
  text(row: number): string;
}

/** Local copies of a part. */
export interface PartFiles {
  examples: string;
  labels: string;
}

/** The fields of a recording, as they are stored. */
export const FIELDS = ['audio', 'text'] as const;

export async function loadRecordings({ examples, labels }: PartFiles): Promise<Recordings> {
  return recordingsOf(await loadRecords(examples, labels, FIELDS));
}

export function recordingsOf(records: Records): Recordings {
  return {
    count: records.count,
    classes: records.classes,
    length: (row) => records.bytes(row, 'audio').length / 2,
    samples: (row) => toSamples(records.pcm(row, 'audio')),
    text: (row) => normalizeText(records.text(row, 'text')),
  };
}

/** 16-bit samples as numbers in -1..1. */
export const toSamples = (pcm: Int16Array): Float32Array => Float32Array.from(pcm, (sample) => sample / 32_768);

export const normalizeText = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();
