import { evaluationBatches, trainingBatches, type GroupedExamples } from './grouped-batches';

const given: GroupedExamples = {
  steps: [3, 9, 4, 12, 2, 8, 16, 5, 7],
  lengths: [4, 8, 16],
  make: (rows, size, length) => ({ inputs: { rows: { dtype: 'int32', shape: [rows.length], data: Int32Array.from(rows) }, of: { dtype: 'int32', shape: [2], data: Int32Array.of(size, length) } }, count: rows.length }),
};
const epochOf = (epoch: number, seed = 1n) => {
  const source = trainingBatches(given, 2, seed);
  return Array.from({ length: source.stepsPerEpoch }, (_, step) => source.batch(epoch, step) as Awaited<ReturnType<typeof source.batch>>).map(({ inputs }) => ({ rows: [...inputs['rows']!.data], length: inputs['of']!.data[1]! }));
};

describe('batches of examples of about one length', () => {
  it('hold each example once an epoch, padded to the least length that it fits in', () => {
    const batches = epochOf(0);
    expect(batches.flatMap(({ rows }) => rows).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (const { rows, length } of batches) for (const row of rows) expect(given.lengths.find((each) => each >= given.steps[row]!)).toBe(length);
  });

  it('follow from seed, epoch and step alone', () => {
    const source = trainingBatches(given, 2, 1n);
    const rowsAt = (epoch: number, step: number) => [...(source.batch(epoch, step) as { inputs: Record<string, { data: ArrayLike<number> }> }).inputs['rows']!.data as Int32Array];
    expect([rowsAt(3, 2), rowsAt(0, 1), rowsAt(3, 0)]).toEqual([epochOf(3)[2]!.rows, epochOf(0)[1]!.rows, epochOf(3)[0]!.rows]);
    expect(epochOf(1)).not.toEqual(epochOf(0));
    expect(epochOf(0, 2n)).not.toEqual(epochOf(0));
  });

  it('measure all, in stored order within a length', () => {
    const batches = [...evaluationBatches(given, 2).batches()].map(({ inputs, count }) => [count, [...(inputs['rows']!.data as Int32Array)], inputs['of']!.data[1]]);
    expect(batches).toEqual([[2, [0, 2], 4], [1, [4], 4], [2, [5, 7], 8], [1, [8], 8], [2, [1, 3], 16], [1, [6], 16]]);
  });
});
