import { DataType, QuartetError, type Tensor } from '@quartet/contracts';
import { formatShape } from '@quartet/core';
import { interpolate } from '@quartet/data';

/** Rows of numbers as a request has them. */
export interface Matrix {
  rows: number;
  /** [rows, columns] */
  values: Float64Array;
  /** Numbers that weren't there and were interpolated. */
  interpolated: number;
}

export interface MatrixExpectation {
  /** Path in the request. */
  field: string;
  columns: number;
  /** What the columns are, for errors: `temp_max, temp_min`. */
  columnNames: string;
  minRows: number;
  maxRows: number;
  /** What NaN does. */
  missing: 'refuse' | 'interpolate';
}

const BYTES: Partial<Record<DataType, 4 | 8>> = { [DataType.DATA_TYPE_FLOAT32]: 4, [DataType.DATA_TYPE_FLOAT64]: 8 };

/**
 * Reads a tensor [rows, columns], or [rows] of one column.
 * @throws QuartetError INVALID_FIELD, DTYPE_MISMATCH, SHAPE_MISMATCH, BYTE_COUNT_MISMATCH, NOT_FINITE
 */
export function readMatrix(tensor: Tensor | undefined, expectation: MatrixExpectation): Matrix {
  const { field, columns, columnNames, minRows, maxRows, missing } = expectation;
  if (!tensor) throw QuartetError.invalid(field, `is not set; send [rows, ${columns}] (${columnNames})`);
  const bytes = BYTES[tensor.dtype];
  if (!bytes) throw QuartetError.invalid(`${field}.dtype`, `received ${DataType[tensor.dtype] ?? tensor.dtype}, expected DATA_TYPE_FLOAT32 or DATA_TYPE_FLOAT64`, 'DTYPE_MISMATCH');
  const sent = tensor.shape.map(Number);
  const shape = sent.length === 1 && columns === 1 ? [...sent, 1] : sent;
  const [rows = 0, width] = shape;
  if (shape.length !== 2 || width !== columns) {
    throw QuartetError.invalid(`${field}.shape`, `received ${formatShape(sent)}, expected [rows, ${columns}]: ${columnNames}`, 'SHAPE_MISMATCH');
  }
  if (rows < minRows || rows > maxRows) {
    const what = rows === 0 ? 'an empty series' : `${rows} row${rows === 1 ? '' : 's'}`;
    const bounds = minRows === maxRows ? `exactly ${minRows}` : rows < minRows ? `at least ${minRows}` : `at most ${maxRows}`;
    throw QuartetError.invalid(`${field}.shape`, `received ${what}, expected ${bounds}; ${rows < minRows ? 'send more of the series' : 'send the last of them'}`, 'SHAPE_MISMATCH');
  }
  if (tensor.data.length !== rows * columns * bytes) {
    throw QuartetError.invalid(`${field}.data`, `received ${tensor.data.length} bytes, expected ${rows * columns * bytes} for ${formatShape(sent)} of ${bytes} bytes each`, 'BYTE_COUNT_MISMATCH');
  }
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const values = Float64Array.from({ length: rows * columns }, (_, i) => (bytes === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true)));
  return { rows, values, interpolated: fill(values, expectation, missing) };
}

function fill(values: Float64Array, { field, columns }: MatrixExpectation, missing: MatrixExpectation['missing']): number {
  const bad = values.findIndex((value) => !Number.isFinite(value) && !(missing === 'interpolate' && Number.isNaN(value)));
  if (bad >= 0) {
    const remedy = Number.isNaN(values[bad]) ? 'fill it in, or set `missing` to INTERPOLATE' : 'correct it';
    const place = `row ${Math.floor(bad / columns)}, column ${bad % columns}`;
    throw QuartetError.invalid(`${field}.data`, `received ${values[bad]} in ${place}, expected finite numbers; ${remedy}`, 'NOT_FINITE');
  }
  if (missing !== 'interpolate') return 0;
  const filled = interpolate(values, columns);
  if ('replaced' in filled) return filled.replaced;
  throw QuartetError.invalid(`${field}.data`, `received no number at all in column ${filled.emptyColumn}; send some`, 'NOT_FINITE');
}
