import { inference } from '@quartet/contracts';
import { encodeOutputs } from './outputs';
import { floatRows, highestScores } from './scores';
import { fromFloats } from './tensors';

const spec = { name: 'probabilities', datatype: 'FP32' as const, shape: [-1, 3], classNames: ['cat', 'dog', 'owl'] };
const given = { probabilities: fromFloats(Float32Array.of(0.25, 0.5, 0.25, 0.125, 0.125, 0.75), [2, 3]) };
const answer = (classification: number | undefined, typed: boolean) => inference.ModelInferResponse.fromPartial(encodeOutputs([{ spec, classification }], given, typed) as never);

describe.each([true, false])('scores of an answer, typed: %s', (typed) => {
  test('are read as rows', () => {
    expect(floatRows(answer(undefined, typed), 'probabilities').map((row) => [...row])).toEqual([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]]);
    expect(highestScores(answer(undefined, typed), 'probabilities')).toEqual([0.5, 0.75]);
  });

  test('are read of the highest by name', () => {
    expect(highestScores(answer(2, typed), 'probabilities')).toEqual([0.5, 0.75]);
    expect(floatRows(answer(2, typed), 'probabilities')).toEqual([]);
  });

  test('are none where they were not asked for', () => {
    expect(highestScores(answer(undefined, typed), 'logits')).toEqual([]);
    expect(floatRows(answer(undefined, typed), 'logits')).toEqual([]);
  });
});

test('raw bytes at any address are read', () => {
  const [raw] = answer(undefined, false).rawOutputContents;
  const shifted = Buffer.concat([Buffer.alloc(1), raw!]).subarray(1);
  expect(highestScores({ ...answer(undefined, false), rawOutputContents: [shifted] }, 'probabilities')).toEqual([0.5, 0.75]);
});
