import { DataType, inference } from '@quartet/contracts';

const { DataType: Config } = inference;

/** Of each datatype: its bytes an element, where its elements stand in typed contents, and Triton's and Quartet's numbers for it. */
export const DATATYPES = {
  BOOL: { bytes: 1, contents: 'boolContents', config: Config.TYPE_BOOL, dtype: DataType.DATA_TYPE_BOOL },
  INT8: { bytes: 1, contents: 'intContents', config: Config.TYPE_INT8, dtype: undefined },
  INT16: { bytes: 2, contents: 'intContents', config: Config.TYPE_INT16, dtype: undefined },
  INT32: { bytes: 4, contents: 'intContents', config: Config.TYPE_INT32, dtype: DataType.DATA_TYPE_INT32 },
  INT64: { bytes: 8, contents: 'int64Contents', config: Config.TYPE_INT64, dtype: DataType.DATA_TYPE_INT64 },
  UINT8: { bytes: 1, contents: 'uintContents', config: Config.TYPE_UINT8, dtype: DataType.DATA_TYPE_UINT8 },
  UINT16: { bytes: 2, contents: 'uintContents', config: Config.TYPE_UINT16, dtype: undefined },
  UINT32: { bytes: 4, contents: 'uintContents', config: Config.TYPE_UINT32, dtype: undefined },
  UINT64: { bytes: 8, contents: 'uint64Contents', config: Config.TYPE_UINT64, dtype: undefined },
  FP16: { bytes: 2, contents: undefined, config: Config.TYPE_FP16, dtype: undefined },
  BF16: { bytes: 2, contents: undefined, config: Config.TYPE_BF16, dtype: undefined },
  FP32: { bytes: 4, contents: 'fp32Contents', config: Config.TYPE_FP32, dtype: DataType.DATA_TYPE_FLOAT32 },
  FP64: { bytes: 8, contents: 'fp64Contents', config: Config.TYPE_FP64, dtype: DataType.DATA_TYPE_FLOAT64 },
  BYTES: { bytes: undefined, contents: 'bytesContents', config: Config.TYPE_STRING, dtype: undefined },
} as const;

/** An element type by its name in the protocol. */
export type Datatype = keyof typeof DATATYPES;

/** The name of a field of InferTensorContents in the proto file. */
export const CONTENTS_FIELDS = {
  boolContents: 'bool_contents',
  intContents: 'int_contents',
  int64Contents: 'int64_contents',
  uintContents: 'uint_contents',
  uint64Contents: 'uint64_contents',
  fp32Contents: 'fp32_contents',
  fp64Contents: 'fp64_contents',
  bytesContents: 'bytes_contents',
} as const;

export const isDatatype = (name: string): name is Datatype => Object.hasOwn(DATATYPES, name);
