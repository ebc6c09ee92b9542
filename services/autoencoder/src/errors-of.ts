import type { AutoencoderSpec, HostTensor } from '@quartet/core';

/** Squared differences, in deviations of the column where the spec has them. NaN where what was given is NaN. @param given The examples, flat. */
export function squaredErrors({ data }: Pick<HostTensor, 'data'>, given: ArrayLike<number>, { scale }: Pick<AutoencoderSpec, 'scale'>): Float32Array {
  const columns = scale?.deviation.length ?? 1;
  return Float32Array.from(data, (value, at) => ((value - given[at]!) / (scale?.deviation[at % columns] ?? 1)) ** 2);
}

/** Mean squared difference of each example from its reconstruction, over what is there. */
export function errorsOf(reconstruction: HostTensor, given: ArrayLike<number>, spec: Pick<AutoencoderSpec, 'scale'>): number[] {
  const errors = squaredErrors(reconstruction, given, spec);
  const count = reconstruction.shape[0] ?? 0;
  const size = errors.length / Math.max(count, 1);
  return Array.from({ length: count }, (_, row) => {
    let [sum, there] = [0, 0];
    for (let at = row * size; at < (row + 1) * size; at += 1) {
      if (Number.isNaN(errors[at])) continue;
      sum += errors[at]!;
      there += 1;
    }
    return sum / there;
  });
}
