import { BadFilePolicy, ChannelPolicy, DatasetFormat, DataType, Frequency as ProtoFrequency, MissingPolicy, Part, Target as ProtoTarget, type DatasetOptions, type DatasetSchema as ProtoSchema, type TimeAxis as ProtoAxis } from '@quartet/contracts';
import { QuartetError } from '@quartet/contracts';
import type { DataFormat, DatasetSchema, Frequency, IngestOptions, PartName, Target, TimeAxis } from './types';

const FORMATS: Partial<Record<DatasetFormat, DataFormat>> = {
  [DatasetFormat.DATASET_FORMAT_IDX]: 'idx',
  [DatasetFormat.DATASET_FORMAT_NUMPY]: 'numpy',
  [DatasetFormat.DATASET_FORMAT_CSV]: 'csv',
  [DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER]: 'imageFolder',
  [DatasetFormat.DATASET_FORMAT_SERIES]: 'series',
  [DatasetFormat.DATASET_FORMAT_TS]: 'ts',
  [DatasetFormat.DATASET_FORMAT_TEXT_CSV]: 'text',
  [DatasetFormat.DATASET_FORMAT_PAIRS]: 'pairs',
  [DatasetFormat.DATASET_FORMAT_TAGGED]: 'tagged',
  [DatasetFormat.DATASET_FORMAT_RECORDINGS]: 'recordings',
  [DatasetFormat.DATASET_FORMAT_CAPTIONS]: 'captions',
  [DatasetFormat.DATASET_FORMAT_VIDEO_FOLDER]: 'videoFolder',
};

const FREQUENCIES: Record<Frequency, ProtoFrequency> = {
  second: ProtoFrequency.FREQUENCY_SECOND,
  minute: ProtoFrequency.FREQUENCY_MINUTE,
  hour: ProtoFrequency.FREQUENCY_HOUR,
  day: ProtoFrequency.FREQUENCY_DAY,
  businessDay: ProtoFrequency.FREQUENCY_BUSINESS_DAY,
  month: ProtoFrequency.FREQUENCY_MONTH,
  year: ProtoFrequency.FREQUENCY_YEAR,
};

const MISSING: Partial<Record<MissingPolicy, IngestOptions['missing']>> = {
  [MissingPolicy.MISSING_POLICY_REFUSE]: 'refuse',
  [MissingPolicy.MISSING_POLICY_INTERPOLATE]: 'interpolate',
};

const CHANNELS: Partial<Record<ChannelPolicy, IngestOptions['channels']>> = {
  [ChannelPolicy.CHANNEL_POLICY_REFUSE]: 'refuse',
  [ChannelPolicy.CHANNEL_POLICY_MIX]: 'mix',
};

const TARGETS: Partial<Record<ProtoTarget, Target>> = {
  [ProtoTarget.TARGET_CLASSES]: 'classes',
  [ProtoTarget.TARGET_LABELS]: 'labels',
  [ProtoTarget.TARGET_NUMBERS]: 'numbers',
};

const PARTS: Record<PartName, Part> = { train: Part.PART_TRAIN, validation: Part.PART_VALIDATION, test: Part.PART_TEST };

/** The proto value of a part. */
export const partToProto = (part: PartName): Part => PARTS[part];

/**
 * The options of a request as `ingest` takes them.
 *
 * @param known What the source itself says, as a built-in does; the request's own format wins.
 * @throws QuartetError INVALID_FIELD when neither names a format.
 */
export function optionsFromProto(options: DatasetOptions | undefined, known: Partial<IngestOptions> = {}): IngestOptions {
  const format = (options && FORMATS[options.format]) ?? known.format;
  if (format === undefined) {
    throw QuartetError.invalid(
      'options.format',
      'is not set; expected one of IDX, NUMPY, CSV, IMAGE_FOLDER, SERIES, TS, TEXT_CSV, PAIRS, TAGGED, RECORDINGS, CAPTIONS, VIDEO_FOLDER. Say how the files are to be read.',
    );
  }
  if (options === undefined) return { ...known, format };
  return {
    ...known,
    format,
    labelColumn: options.labelColumn || known.labelColumn,
    validationShare: options.validationShare ?? known.validationShare,
    testShare: options.testShare ?? known.testShare,
    splitSeed: options.splitSeed,
    imageHeight: options.imageHeight,
    imageWidth: options.imageWidth,
    imageChannels: options.imageChannels,
    badFiles: options.badFiles === BadFilePolicy.BAD_FILE_POLICY_SKIP ? 'skip' : 'refuse',
    timeColumn: options.timeColumn || known.timeColumn,
    valueColumns: options.valueColumns.length > 0 ? options.valueColumns : known.valueColumns,
    missing: MISSING[options.missing] ?? known.missing,
    textColumn: options.textColumn || known.textColumn,
    sourceColumn: options.sourceColumn || known.sourceColumn,
    targetColumn: options.targetColumn || known.targetColumn,
    sampleRate: options.sampleRate || known.sampleRate,
    channels: CHANNELS[options.channels] ?? known.channels,
    videoFrames: options.videoFrames || known.videoFrames,
    target: TARGETS[options.target] ?? known.target,
  };
}

/** The schema as it travels. */
export function schemaToProto(schema: DatasetSchema): ProtoSchema {
  return {
    ...schema,
    exampleShape: schema.exampleShape.map(BigInt),
    dtype: schema.dtype === 'uint8' ? DataType.DATA_TYPE_UINT8 : DataType.DATA_TYPE_FLOAT32,
    time: schema.time && axisToProto(schema.time),
    sampleRate: schema.sampleRate ?? 0,
    target: schema.target && { ...schema.target, kind: schema.target.kind === 'labels' ? ProtoTarget.TARGET_LABELS : ProtoTarget.TARGET_NUMBERS },
  };
}

const axisToProto = ({ originMs, unitMs, frequency, ...axis }: TimeAxis): ProtoAxis => ({
  ...axis,
  originMs: BigInt(originMs),
  unitMs: BigInt(unitMs),
  frequency: FREQUENCIES[frequency],
});

/** A time axis as `timeAfter` takes it. */
export function axisFromProto({ originMs, unitMs, frequency, ...axis }: ProtoAxis): TimeAxis {
  const known = (Object.keys(FREQUENCIES) as Frequency[]).find((name) => FREQUENCIES[name] === frequency);
  if (!known) throw QuartetError.invalid('schema.time.frequency', `is ${frequency}; expected one of ${Object.keys(FREQUENCIES).join(', ')}`);
  return { ...axis, originMs: Number(originMs), unitMs: Number(unitMs), frequency: known };
}
