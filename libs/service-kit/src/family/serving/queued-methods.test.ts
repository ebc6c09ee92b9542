import { isQueued } from './queued-methods';

test.each([
  ['/quartet.cnn.v1.CnnService/Classify', true],
  ['/quartet.rnn.v1.RnnService/Forecast', true],
  ['/inference.GRPCInferenceService/ModelInfer', true],
  ['/inference.GRPCInferenceService/ModelReady', false],
  ['/quartet.autoencoder.v1.AutoencoderService/Report', false],
  ['/quartet.cnn.v1.CnnService/Train', false],
  ['/quartet.cnn.v1.CnnService/FindExamples', false],
  ['/grpc.health.v1.Health/Check', false],
])('calls of %s wait for the engine: %s', (path, expected) => expect(isQueued(path)).toBe(expected));
