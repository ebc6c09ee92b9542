import { RULES } from './access/rules';
import { modelNamePath } from './model-name-path';

test.each([
  ['/quartet.cnn.v1.CnnService/Classify', [1, 1]],
  ['/quartet.rnn.v1.RnnService/Caption', [1, 1]],
  ['/quartet.rnn.v1.RnnService/Step', [1, 1, 1]],
  ['/quartet.rnn.v1.RnnService/Transcribe', [1, 1, 1]],
  ['/quartet.cnn.v1.CnnService/ClassifyStream', [1, 1, 1]],
  ['/quartet.gan.v1.GanService/GenerateDataset', [1, 1]],
  ['/quartet.cnn.v1.CnnService/Train', undefined],
  ['/quartet.cnn.v1.CnnService/ImportKeras', undefined],
  ['/no.such.Service/Method', undefined],
])('%s names its model at %j', (path, expected) => expect(modelNamePath(path)).toEqual(expected));

test('every call of a family that uses a model, and none that makes one, says which', () => {
  const calls = [...RULES].filter(([path]) => /^\/quartet\.(cnn|rnn|gan|autoencoder)\./.test(path));
  const makes = /\/(Train\w*|ImportKeras)$/;
  expect(calls.length).toBeGreaterThan(30);
  for (const [path] of calls) expect([path, modelNamePath(path) !== undefined]).toEqual([path, !makes.test(path)]);
});
