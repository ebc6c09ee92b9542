import type { DatasetSchema, PartName, TimeAxis } from '../types';

/** Examples as a format's reader hands them over: read, checked and converted, not yet split. */
export interface SourcePart {
  /** Files they came from, for errors. */
  file: string;
  count: number;
  /** [count, ...exampleShape] */
  examples: Uint8Array | Float32Array;
  labels: Int32Array;
  /** Of labels and numbers: [count, targetNames]; `labels` then are 0. */
  targets?: Float32Array;
  /** Of records: [count, fields], each field's length in bytes; `examples` then are all their bytes in order. */
  lengths?: Int32Array;
  /** Of records: [count]; rows of one group go to one part. */
  groups?: Int32Array;
}

/** What a reader makes of all the files. */
export interface Source {
  kind: DatasetSchema['kind'];
  exampleShape: number[];
  classNames: string[];
  columns: string[];
  /** Train is always there. */
  parts: Partial<Record<PartName, SourcePart>> & { train: SourcePart };
  skippedFiles: string[];
  /** Of a series. */
  time?: TimeAxis;
  /** Of recordings. */
  sampleRate?: number;
  /** Of images whose target isn't one class. */
  target?: { kind: 'labels' | 'numbers'; names: string[] };
}
