/**
 * A map enlarged to the size of the image that it is of: bilinear, pixels at the centres of their squares, as TensorFlow's
 * `tf.image.resize`.
 *
 * @param map [height, width], flat. @param to [height, width].
 */
export function upsample(map: ArrayLike<number>, from: readonly [number, number], to: readonly [number, number]): Float32Array {
  const rows = places(from[0], to[0]);
  const columns = places(from[1], to[1]);
  const out = new Float32Array(to[0] * to[1]);
  let at = 0;
  for (const row of rows) {
    const [low, high] = [row.low * from[1], row.high * from[1]];
    for (const column of columns) {
      const upper = map[low + column.low]! * (1 - column.share) + map[low + column.high]! * column.share;
      const lower = map[high + column.low]! * (1 - column.share) + map[high + column.high]! * column.share;
      out[at++] = upper * (1 - row.share) + lower * row.share;
    }
  }
  return out;
}

interface Place {
  low: number;
  high: number;
  /** Of `high`. */
  share: number;
}

function places(from: number, to: number): Place[] {
  return Array.from({ length: to }, (_, at) => {
    const centre = ((at + 0.5) * from) / to - 0.5;
    const low = Math.floor(centre);
    const within = (index: number): number => Math.min(from - 1, Math.max(0, index));
    return { low: within(low), high: within(low + 1), share: centre - low };
  });
}
