/**
 * Replaces each NaN by the line between the numbers before and after it, at an end by the nearest number, in place.
 * @param values [rows, columns]
 * @returns how many were replaced, or the index of a column that holds no number at all
 */
export function interpolate(values: Float32Array | Float64Array, columns: number): { replaced: number } | { emptyColumn: number } {
  const rows = values.length / columns;
  let replaced = 0;
  for (let column = 0; column < columns; column++) {
    let before = -1;
    for (let row = 0; row < rows; row++) {
      if (Number.isNaN(values[row * columns + column])) continue;
      const [from, to] = [before < 0 ? NaN : values[before * columns + column]!, values[row * columns + column]!];
      for (let gap = before + 1; gap < row; gap++) {
        values[gap * columns + column] = before < 0 ? to : from + ((to - from) * (gap - before)) / (row - before);
        replaced++;
      }
      before = row;
    }
    if (before < 0) return { emptyColumn: column };
    for (let gap = before + 1; gap < rows; gap++, replaced++) values[gap * columns + column] = values[before * columns + column]!;
  }
  return { replaced };
}
