import type { RecordKind } from './records/kinds';
import type { VideoDecoding } from './video/options';

/** How the files of a data set are to be read; the proto enum DatasetFormat in TypeScript. */
export type DataFormat = 'idx' | 'numpy' | 'csv' | 'imageFolder' | 'series' | 'ts' | 'text' | 'pairs' | 'tagged' | 'recordings' | 'captions' | 'videoFolder';

/** A part of a data set. Validation is always carved from the training part. */
export type PartName = 'train' | 'validation' | 'test';

/** What an image's target is: one class; any number of labels; numbers. */
export type Target = 'classes' | 'labels' | 'numbers';

/** What a user may say about how files become a data set; the plain form of the proto message DatasetOptions. */
export interface IngestOptions {
  format: DataFormat;
  /** CSV: the column with the target. Empty or unset: the last one. Texts, recordings, captions: that with the class, if there is one. */
  labelColumn?: string;
  /** Share of the training part set aside for validation, in [0, 0.9]; default 0.1. */
  validationShare?: number;
  /** Share set aside for test where the files bring no test part, in [0, 0.9]; default 0, of a series its last 0.15, of a .txt its last 0.05. */
  testShare?: number;
  /** Seed of the split, an unsigned 64-bit number; default 0. */
  splitSeed?: bigint | number;
  /** Image folder: images are resized to this height; 0 or unset: all must have the first one's. Video folder: of frames; 0 or unset: the first clip's. */
  imageHeight?: number;
  /** Image folder: as `imageHeight`; both or neither. */
  imageWidth?: number;
  /** Image folder: 1 (grey), 3 (RGB) or 4 (RGBA); 0 or unset: those of the first one. Video folder: 0 or unset: 3. */
  imageChannels?: number;
  /** What to do about a file that can't be read; default `refuse`. */
  badFiles?: 'refuse' | 'skip';
  /** IDX and NumPy: names of the classes by label; default: the label as text. */
  classNames?: readonly string[];
  /** Images in NumPy files and image folders: what an image's target is. Default `classes`: one class. */
  target?: Target;
  /** Series: the column with the times. Empty or unset: the first one that holds times. */
  timeColumn?: string;
  /** Series: the columns to keep. Empty or unset: all that hold numbers. */
  valueColumns?: readonly string[];
  /** Series: what to do about a number that isn't there; default `refuse`. */
  missing?: 'refuse' | 'interpolate';
  /** Texts, transcripts and captions: the column with the text. Empty or unset: `text`; of texts, else the first one. */
  textColumn?: string;
  /** Pairs: the column with what comes in. Empty or unset: `source`, else the first one. */
  sourceColumn?: string;
  /** Pairs: the column with what should come out. Empty or unset: `target`, else the first one beside the source. */
  targetColumn?: string;
  /** Recordings: all are resampled to this rate; 0 or unset: all must have the first one's. */
  sampleRate?: number;
  /** Recordings: what to do about several channels; default `refuse`. */
  channels?: 'refuse' | 'mix';
  /** Video folder: frames of a clip, 1 to 256, spread evenly over it; 0 or unset: 16. */
  videoFrames?: number;
}

/** What a series' rows are apart: so many (`every`) of these. Of business days, holidays may be missing. */
export type Frequency = 'second' | 'minute' | 'hour' | 'day' | 'businessDay' | 'month' | 'year';

/** The times of a series; the plain form of the proto message TimeAxis. Row i is at originMs + labels[i] * unitMs. */
export interface TimeAxis {
  /** Name of the column. */
  column: string;
  /** Milliseconds since 1970, UTC. */
  originMs: number;
  unitMs: number;
  frequency: Frequency;
  every: number;
  /** Values that weren't there and were interpolated. */
  interpolated: number;
}

/** What the values of a data set are; the plain form of the proto message DatasetSchema. */
export interface DatasetSchema {
  kind: 'image' | 'video' | 'table' | 'series' | 'sequence' | RecordKind;
  /**
   * [height, width, channels], [frames, height, width, channels], [columns], or [time, channels] of the longest sequence; shorter ones end in NaN. Of records: the
   * longest length of each field, in bytes.
   */
  exampleShape: number[];
  /** Images and videos: `uint8` in 0..255, or `float32` in 0..1 if the source had fractions. Tables: `float32`. Records: `uint8`. */
  dtype: 'uint8' | 'float32';
  /** By label index; of tagged sentences: their tags. */
  classNames: string[];
  /** Names of a table's or series' columns, or of a record's fields; empty for others. */
  columns: string[];
  /** By channel (images, scaled to 0..1) or by column; of the training part only. None of records. */
  mean: number[];
  /** As `mean`, of the population; 1 where the values are constant, so that dividing by it is always safe. */
  standardDeviation: number[];
  /** Of a series. */
  time?: TimeAxis;
  /** Of recordings: samples a second. */
  sampleRate?: number;
  /** Of images whose target isn't one class, which have no class names. */
  target?: TargetSchema;
}

export interface TargetSchema {
  kind: 'labels' | 'numbers';
  /** Of each label or number, in order. */
  names: string[];
  /** Of numbers: of each, of the training part only. */
  mean: number[];
  /** As `mean`, of the population; 1 where the number never changes. */
  standardDeviation: number[];
}

/** One part in canonical form: two .npy files. */
export interface IngestedPart {
  part: PartName;
  count: number;
  /** .npy, [count, ...exampleShape]; of records, [bytes]: all fields of all of them, in order. */
  examplesFile: string;
  /** .npy, int32 [count]: classes, or a series' times (see TimeAxis); of labels and numbers float32 [count, names]; of records, [count, 1 + fields]: class or -1, then each field's length in bytes. */
  labelsFile: string;
  /** Examples by class; none of a series, or of records without classes. */
  classCounts: number[];
}

export interface IngestResult {
  schema: DatasetSchema;
  /** In the order train, validation, test; empty parts are left out. */
  parts: IngestedPart[];
  /** Paths of files that were left out, with the reason in brackets. */
  skippedFiles: string[];
  /** SHA-256, hex, over schema and parts: equal digests mean equal data. */
  digest: string;
}

/** Files to be read: path inside the data set -> path on this machine; or all files below a folder. */
export type IngestInput = { files: ReadonlyMap<string, string> } | { folder: string };

/** What has been done so far; the plain form of the proto message ImportProgress. */
export interface IngestProgress {
  stage: 'fetch' | 'read' | 'store';
  done: number;
  /** 0 if not known. */
  total: number;
  unit: 'bytes' | 'examples';
}

export interface IngestContext {
  limits?: Partial<Limits>;
  /** Of video files. */
  video?: Partial<VideoDecoding>;
  onProgress?: (progress: IngestProgress) => void;
  signal?: AbortSignal;
}

/** Bounds on what input may take up, since a small file can claim or unpack to a large one. */
export interface Limits {
  /** Bytes of all files together, also after decompression and in decoded form. */
  maxBytes: number;
  /** Files in a data set, archives unpacked. */
  maxFiles: number;
  /** Decompressed size over compressed size, counted once more than 1 MiB has come out. */
  maxRatio: number;
  /** Pixels of one image, before any resizing. */
  maxPixels: number;
}

/** A part in memory. */
export interface LoadedPart {
  count: number;
  /** [height, width, channels], [frames, height, width, channels] or [columns]. */
  exampleShape: number[];
  /** [count, ...exampleShape], row-major: uint8 in 0..255, or float32. */
  examples: Uint8Array | Float32Array;
  /** [count]; 0 where the target isn't one class. */
  labels: Int32Array;
  /** [count, width]: labels (0 or 1) or numbers. */
  targets?: { width: number; data: Float32Array };
}
