import { BadFilePolicy, DatasetFormat, DataType, Part, type DatasetOptions, type DatasetSchema as ProtoSchema } from '@quartet/contracts';
import { QuartetError } from '@quartet/contracts';
import type { DataFormat, DatasetSchema, IngestOptions, PartName } from './types';

const FORMATS: Partial<Record<DatasetFormat, DataFormat>> = {
  [DatasetFormat.DATASET_FORMAT_IDX]: 'idx',
  [DatasetFormat.DATASET_FORMAT_NUMPY]: 'numpy',
  [DatasetFormat.DATASET_FORMAT_CSV]: 'csv',
  [DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER]: 'imageFolder',
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
      'is not set; expected one of IDX, NUMPY, CSV, IMAGE_FOLDER. Say how the files are to be read.',
    );
  }
  if (options === undefined) return { ...known, format };
  return {
    ...known,
    format,
    labelColumn: options.labelColumn,
    validationShare: options.validationShare,
    testShare: options.testShare,
    splitSeed: options.splitSeed,
    imageHeight: options.imageHeight,
    imageWidth: options.imageWidth,
    imageChannels: options.imageChannels,
    badFiles: options.badFiles === BadFilePolicy.BAD_FILE_POLICY_SKIP ? 'skip' : 'refuse',
  };
}

/** The schema as it travels. */
export function schemaToProto(schema: DatasetSchema): ProtoSchema {
  return {
    ...schema,
    exampleShape: schema.exampleShape.map(BigInt),
    dtype: schema.dtype === 'uint8' ? DataType.DATA_TYPE_UINT8 : DataType.DATA_TYPE_FLOAT32,
  };
}
