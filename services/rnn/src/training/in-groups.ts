import type { Version } from '@quartet/contracts';
import type { CallScope, FamilyRuntime, Tensors } from '@quartet/service-kit';
import { functionFor } from './function-for';
import { lengthFor } from './grouped-batches';

/**
 * Runs examples of many lengths through a model that has a function for each of some lengths; those of one length go together.
 *
 * @param tensors Makes the inputs of examples padded to a length.
 * @returns The named output of each example with the length that it was padded to; without the batch's dimension.
 */
export async function inferInGroups<E extends { steps: number }>(
  { runtime, version, call }: { runtime: FamilyRuntime; version: Version; call: CallScope },
  output: string,
  examples: readonly E[],
  lengths: readonly number[],
  tensors: (examples: readonly E[], length: number) => Tensors,
): Promise<Float32Array[]> {
  const results = new Array<Float32Array>(examples.length);
  await Promise.all(
    lengths.map(async (length) => {
      const rows = [...examples.keys()].filter((row) => lengthFor(examples[row]!.steps, lengths) === length);
      if (rows.length === 0) return;
      const answer = await runtime.infer(version, functionFor(length, lengths), tensors(rows.map((row) => examples[row]!), length), call);
      const data = answer[output]!.data as Float32Array;
      const width = data.length / rows.length;
      rows.forEach((row, at) => (results[row] = data.subarray(at * width, (at + 1) * width)));
    }),
  );
  return results;
}
