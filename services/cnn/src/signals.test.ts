import { cnn, inference, Version } from '@quartet/contracts';
import { signals } from './signals';

const { CnnServiceService: service } = cnn;
const versionOf = (head: string, unsureBelow?: number) => Version.fromPartial({ manifestJson: JSON.stringify({ kind: 'classifier', spec: { head }, extra: { unsureBelow } }) });
const images = (...results: [number[], boolean][]) => cnn.ClassifyResponse.fromPartial({ results: results.map(([all, unsure]) => ({ classes: all.map((probability) => ({ probability })), unsure })) });

test('of classes: the first probability, and who is unsure by the version\'s own threshold', () => {
  const answer = images([[0.5, 0.25], false], [[0.25], true]);
  const confidence = { name: 'confidence', values: [0.5, 0.25], worse: 'lower' };
  expect(signals(versionOf('classes'), service.classify.path, answer)).toEqual([confidence, { name: 'share of unsure answers', values: [0, 1], worse: 'higher' }]);
  expect(signals(versionOf('classes', 0.8), service.classify.path, answer)).toMatchObject([confidence, { name: 'share of answers unsure below 0.8', values: [0, 1] }]);
});

test('of labels: how many an image has, by either call', () => {
  const labels = { name: 'number of labels', values: [2, 0], worse: 'either' };
  expect(signals(versionOf('labels'), service.classify.path, images([[0.75, 0.5, 0.25], false], [[], false]))).toEqual([labels]);
  const answer = inference.ModelInferResponse.fromPartial({
    outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [2n, 3n] }],
    rawOutputContents: [Buffer.from(Float32Array.of(0.75, 0.5, 0.25, 0, 0.25, 0).buffer)],
  });
  expect(signals(versionOf('labels'), inference.GRPCInferenceServiceService.modelInfer.path, answer)).toEqual([labels]);
});

test('of videos, and none of embeddings and numbers', () => {
  const clips = cnn.ClassifyVideoResponse.fromPartial({ results: [{ classes: [{ probability: 0.5 }] }] });
  expect(signals(versionOf('classes'), service.classifyVideo.path, clips)).toEqual([{ name: 'confidence', values: [0.5], worse: 'lower' }]);
  expect(signals(versionOf('classes'), service.embed.path, cnn.EmbedResponse.fromPartial({}))).toEqual([]);
  expect(signals(versionOf('numbers'), service.predict.path, cnn.PredictResponse.fromPartial({}))).toEqual([]);
});
