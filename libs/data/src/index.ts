/** Reads data sets in standard formats, checks them, splits them, and feeds them to training. */
export type {
  DataFormat,
  DatasetSchema,
  Frequency,
  IngestContext,
  IngestedPart,
  IngestInput,
  IngestOptions,
  IngestProgress,
  IngestResult,
  Limits,
  LoadedPart,
  PartName,
  Target,
  TargetSchema,
  TimeAxis,
} from './types';
export { DEFAULT_LIMITS } from './limits';
export { checkRelativePath } from './paths';
export { openZip, type CheckedZip } from './files/zip';
export { ingest } from './ingest/ingest';
export { axisFromProto, optionsFromProto, partToProto, schemaToProto } from './proto';
export { loadPart } from './load/load-part';
export { loadRecords, recordsOf, type Records } from './records/load-records';
export { isRecordKind, RECORD_FIELDS, type RecordKind } from './records/kinds';
export { evaluationBatches } from './load/evaluation-batches';
export { ImageBatches } from './load/image-batches';
export { imageBatchesInWorker } from './load/in-worker';
export type { Augmentation, ImageBatchesOptions } from './load/options';
export { epochOrder } from './random/epoch-order';
export { timeAfter, type Rhythm } from './series/frequency';
export { interpolate } from './series/interpolate';
export { parseTime } from './series/times';
export { decodeImage, type DecodedImage, type ImageTarget } from './image/decode-image';
export { drawText, type DrawnText } from './image/draw-text';
export { decodeAudio, toPcm, type AudioOptions, type DecodedAudio } from './audio/decode-audio';
export { fetchUri, type FetchedSource, type FetchOptions } from './sources/fetch-uri';
export { BUILTINS, resolveBuiltin } from './sources/builtin';
export { philoxNormals } from './random/normals';
export { npyHeader } from './npy/write';
export * from './video';
