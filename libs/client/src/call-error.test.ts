import { constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status, type sendUnaryData, type ServiceError } from '@grpc/grpc-js';
import { cnn, QuartetError } from '@quartet/contracts';
import { CallError } from './call-error';
import { connect } from './connect';
import { richStatus, serve, type TestServer } from './testing/server';

async function failure(promise: Promise<unknown>): Promise<CallError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}

test('a call that a server ends without a status, as it does when it shuts down, is UNAVAILABLE', async () => {
  // grpc-js calls it INTERNAL.
  const server = createServer().on('stream', (stream) => stream.close(constants.NGHTTP2_NO_ERROR));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = connect({ address });
  try {
    expect(await failure(client.cnn.train({}))).toMatchObject({
      code: status.UNAVAILABLE,
      reason: 'UNAVAILABLE',
      connectionFailed: true,
      message: `the connection to ${address} was lost during quartet.cnn.v1.CnnService/Train; it may have been carried out`,
    });
  } finally {
    client.close();
    server.close();
  }
});

describe('errors of a call', () => {
  let server: TestServer;
  let answer: unknown;

  beforeAll(async () => {
    server = await serve([[cnn.CnnServiceService, { classify: (_call: unknown, done: sendUnaryData<unknown>) => answer !== 'silence' && done(answer as ServiceError), train: () => undefined, embed: () => undefined }]]);
  });
  afterAll(() => server.stop());

  test('details are restored: reason, violations, retry delay, metadata, status', async () => {
    const violations = [{ field: 'batch.shape', description: 'is [1, 27, 28, 1]; the model takes [-1, 28, 28, 1]' }];
    answer = richStatus(status.INVALID_ARGUMENT, 'batch.shape: is [1, 27, 28, 1]', { reason: 'SHAPE_MISMATCH', metadata: { model: 'digits' } }, violations, 1500);
    const error = await failure(server.client.cnn.classify({}));
    expect(QuartetError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'SHAPE_MISMATCH', message: 'batch.shape: is [1, 27, 28, 1]', violations, retryAfterMs: 1500, metadata: { model: 'digits' } });
    expect(error.method).toBe('quartet.cnn.v1.CnnService/Classify');
    expect(error.connectionFailed).toBe(false);
  });

  test('a status without details gets the reason of its code', async () => {
    answer = { code: status.FAILED_PRECONDITION, details: 'not now' };
    expect(await failure(server.client.cnn.classify({}))).toMatchObject({ reason: 'WRONG_STATE', message: 'quartet.cnn.v1.CnnService/Classify: not now' });
  });

  test('a reason from a newer server does not break the client', async () => {
    answer = richStatus(status.ABORTED, 'later', { reason: 'FROM_THE_FUTURE' });
    expect(await failure(server.client.cnn.classify({}))).toMatchObject({ reason: 'INTERNAL', code: status.ABORTED });
  });

  test('a deadline that passes names the method, the address and the time allowed', async () => {
    answer = 'silence';
    const error = await failure(server.client.cnn.classify({}, { deadlineMs: 80 }));
    expect(error.reason).toBe('DEADLINE_EXCEEDED');
    expect(error.message).toBe(`quartet.cnn.v1.CnnService/Classify at ${server.address} gave no answer within 80 ms; it may still be carried out. Allow more time with deadlineMs`);
  });

  test('an aborted signal cancels, before the call and during it', async () => {
    answer = 'silence';
    const controller = new AbortController();
    const call = failure(server.client.cnn.classify({}, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    expect(await call).toMatchObject({ code: status.CANCELLED, reason: 'CANCELLED' });
    expect(await failure(server.client.cnn.classify({}, { signal: AbortSignal.abort() }))).toMatchObject({ reason: 'CANCELLED' });
  });

  test('a method that is not served says so', async () => {
    expect(await failure(server.client.models.listModels())).toMatchObject({ reason: 'UNIMPLEMENTED', message: expect.stringContaining('does not serve quartet.model.v1.ModelService/ListModels') });
  });

  test('nobody listening: the address and the remedy', async () => {
    const client = connect({ address: '127.0.0.1:1' });
    const error = await failure(client.training.resumeJob({ id: 'x' }));
    client.close();
    expect(error).toMatchObject({ code: status.UNAVAILABLE, reason: 'UNAVAILABLE', connectionFailed: true });
    expect(error.message).toMatch(/^cannot reach Quartet at 127\.0\.0\.1:1 \(connect ECONNREFUSED 127\.0\.0\.1:1\); is the platform up\? run `quartet up`$/);
  });

  test('a request beyond the message limit is refused with the setting to raise', async () => {
    const client = connect({ address: server.address, maxMessageBytes: 2000 });
    const error = await failure(client.cnn.classify({ input: { $case: 'batch', value: { data: new Uint8Array(4000) } } }));
    client.close();
    expect(error).toMatchObject({ reason: 'LIMIT_EXCEEDED', message: expect.stringContaining('QUARTET_MAX_MESSAGE_BYTES') });
  });
});
