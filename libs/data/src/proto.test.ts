import { BadFilePolicy, DatasetFormat, DatasetOptions, DatasetSchema, DataType, Part } from '@quartet/contracts';
import { optionsFromProto, partToProto, schemaToProto } from './proto';

describe('optionsFromProto', () => {
  it('gives what ingest takes', () => {
    const options = DatasetOptions.fromPartial({ format: DatasetFormat.DATASET_FORMAT_CSV, labelColumn: 'y', splitSeed: 7n, badFiles: BadFilePolicy.BAD_FILE_POLICY_SKIP });
    expect(optionsFromProto(options)).toMatchObject({ format: 'csv', labelColumn: 'y', splitSeed: 7n, badFiles: 'skip', validationShare: undefined });
  });

  it('takes the format from the source if the request names none', () => {
    expect(optionsFromProto(DatasetOptions.fromPartial({}), { format: 'idx', classNames: ['a'] })).toMatchObject({ format: 'idx', classNames: ['a'], badFiles: 'refuse' });
    expect(optionsFromProto(undefined, { format: 'idx' })).toEqual({ format: 'idx' });
    expect(() => optionsFromProto(undefined)).toThrow('options.format: is not set; expected one of IDX, NUMPY, CSV, IMAGE_FOLDER, SERIES, TS, TEXT_CSV, PAIRS, TAGGED, RECORDINGS, CAPTIONS, VIDEO_FOLDER.');
  });
});

describe('schemaToProto and partToProto', () => {
  it('survive the wire', () => {
    const schema = { kind: 'image' as const, exampleShape: [28, 28, 1], dtype: 'uint8' as const, classNames: ['a', 'b'], columns: [], mean: [0.1], standardDeviation: [0.3] };
    const proto = DatasetSchema.decode(DatasetSchema.encode(schemaToProto(schema)).finish());
    expect(proto).toEqual({ ...schema, exampleShape: [28n, 28n, 1n], dtype: DataType.DATA_TYPE_UINT8, sampleRate: 0 });
    expect((['train', 'validation', 'test'] as const).map(partToProto)).toEqual([Part.PART_TRAIN, Part.PART_VALIDATION, Part.PART_TEST]);
  });
});
