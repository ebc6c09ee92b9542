/** Rows of a series in order of time. */
export interface Series {
  /** [rows, columns] */
  values: Float64Array;
  columns: number;
  /** Of the last row, in milliseconds since 1970; undefined: not known. */
  end: number | undefined;
}

export const rowsOf = ({ values, columns }: Pick<Series, 'values' | 'columns'>): number => values.length / columns;

/** The logarithms of the first `targets` columns, in a copy. */
export function logarithms({ values, columns, ...rest }: Series, targets: number): Series {
  return { ...rest, columns, values: values.map((value, i) => (i % columns < targets ? Math.log(value) : value)) };
}
