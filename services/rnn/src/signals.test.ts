import { inference, rnn, Version } from '@quartet/contracts';
import { tensorFromFloat32 } from '@quartet/client';
import { signals } from './signals';

const { RnnServiceService: service } = rnn;
const modelInfer = inference.GRPCInferenceServiceService.modelInfer.path;
const versionOf = (spec: object) => Version.fromPartial({ manifestJson: JSON.stringify({ spec }) });
const inferred = (name: string, shape: bigint[], values: number[]) =>
  inference.ModelInferResponse.fromPartial({ outputs: [{ name, datatype: 'FP32', shape }], rawOutputContents: [Buffer.from(Float32Array.from(values).buffer)] });

test('of classes and tags: their probability, of a sentence the mean', () => {
  const classes = rnn.ClassifyResponse.fromPartial({ results: [{ classes: [{ probability: 0.75 }, { probability: 0.25 }] }] });
  const tags = rnn.TagResponse.fromPartial({ results: [{ tags: [{ probability: 1 }, { probability: 0.5 }] }] });
  const confidence = { name: 'confidence', values: [0.75], worse: 'lower' };
  expect(signals(versionOf({ task: 'classify' }), service.classify.path, classes)).toEqual([confidence]);
  expect(signals(versionOf({ task: 'tag' }), service.tag.path, tags)).toEqual([confidence]);
  expect(signals(versionOf({ task: 'classify' }), modelInfer, inferred('probabilities', [1n, 2n], [0.25, 0.75]))).toEqual([confidence]);
});

test('of forecasts: how wide their interval is, by its ends', () => {
  // Two steps of one target, of three quantiles: 1 to 3, and -1 to 3.
  const values = [1, 2, 3, -1, 0, 3];
  const width = { name: 'relative width of the 80 % interval', values: [0.75], worse: 'higher' };
  const answer = (quantiles: number[]) => rnn.ForecastResponse.fromPartial({ forecasts: [{ values: tensorFromFloat32(Float32Array.from(values), [2, 1, 3]) }], quantiles });
  expect(signals(versionOf({ task: 'forecast' }), service.forecast.path, answer([0.1, 0.5, 0.9]))).toEqual([width]);
  expect(signals(versionOf({ task: 'forecast', quantiles: [0.1, 0.5, 0.9] }), modelInfer, inferred('values', [1n, 2n, 1n, 3n], values))).toEqual([width]);
  // A median alone says nothing.
  expect(signals(versionOf({ task: 'forecast' }), service.forecast.path, answer([0.5]))).toEqual([]);
});

test('of texts none: their log probabilities depend on the vocabulary', () => {
  expect(signals(versionOf({ task: 'translate' }), service.translate.path, rnn.TranslateResponse.fromPartial({}))).toEqual([]);
  expect(signals(versionOf({ task: 'translate' }), modelInfer, inferred('scores', [1n], [-2]))).toEqual([]);
});
