import { Version } from '@quartet/contracts';
import { classScores, evaluationOf } from './evaluation';

const version = (manifest: unknown) => Version.fromPartial({ manifestJson: typeof manifest === 'string' ? manifest : JSON.stringify(manifest) });

test('the confusion matrix of a manifest is read, and what is none is left', () => {
  const confusionMatrix = [[3, 1], [0, 4]];
  expect(evaluationOf(version({ classNames: ['cat', 'dog'], extra: { confusionMatrix, confusionMatrixPart: 'test' } }))).toEqual({ part: 'test', classNames: ['cat', 'dog'], confusionMatrix });
  for (const broken of ['not JSON', {}, { extra: {} }, { extra: { confusionMatrix: [[1, 2]] } }, { extra: { confusionMatrix: [['1']] } }]) expect(evaluationOf(version(broken))).toBeUndefined();
});

test('precision, recall and F1 a class', () => {
  // By hand: class 0 has 3 hits of 4 examples and of 3 predictions, class 1 has 4 of 4 and of 5, class 2 occurs nowhere.
  const [zero, one, two] = classScores([[3, 1, 0], [0, 4, 0], [0, 0, 0]]);
  expect(zero).toEqual({ precision: 1, recall: 0.75, f1: 1.5 / 1.75, support: 4 });
  expect(one).toEqual({ precision: 0.8, recall: 1, f1: 1.6 / 1.8, support: 4 });
  expect(two).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
});
