import { autoencoder, inference, Version } from '@quartet/contracts';
import { signals } from './signals';

const { AutoencoderServiceService: service } = autoencoder;
const version = Version.fromPartial({});

test('the reconstruction error, by either call', () => {
  const error = { name: 'reconstruction error', values: [0.5, 0.25], worse: 'higher' };
  expect(signals(version, service.reconstruct.path, autoencoder.ReconstructResponse.fromPartial({ errors: [0.5, 0.25] }))).toEqual([error]);
  const answer = inference.ModelInferResponse.fromPartial({ outputs: [{ name: 'errors', datatype: 'FP32', shape: [2n] }], rawOutputContents: [Buffer.from(Float32Array.of(0.5, 0.25).buffer)] });
  expect(signals(version, inference.GRPCInferenceServiceService.modelInfer.path, answer)).toEqual([error]);
});

test('the share of anomalies, and how unusual the examples are', () => {
  const answer = autoencoder.DetectAnomaliesResponse.fromPartial({ results: [{ score: 1.5 }, { score: 9, anomalous: true }], threshold: 3 });
  expect(signals(version, service.detectAnomalies.path, answer)).toEqual([
    { name: 'share of anomalies', values: [0, 1], worse: 'either' },
    { name: 'anomaly score', values: [1.5, 9], worse: 'higher' },
  ]);
});

test('none of the rest', () => expect(signals(version, service.encode.path, autoencoder.EncodeResponse.fromPartial({}))).toEqual([]));
