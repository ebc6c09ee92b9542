/** The name of the exported model's function for sequences padded to `steps`, one of `lengths`. */
export function functionFor(steps: number, lengths: readonly number[]): string {
  return steps === lengths.at(-1) ? 'serving_default' : `up_to_${steps}`;
}
