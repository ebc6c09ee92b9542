import { CallError, connect } from '@quartet/client';
import { cnn, QuartetError, readSettings } from '@quartet/contracts';
import { service, startServer } from '../server';
import { allMethods } from '../testing/all-methods';
import { silent } from '../testing/echo';

const ERRORS = [
  new QuartetError('SHAPE_MISMATCH', 'batch: shape is [2, 30, 30, 1]; "digits" takes [n, 28, 28, 1]. Resize the images.', {
    violations: [{ field: 'batch.shape', description: 'is [2, 30, 30, 1]; expected [n, 28, 28, 1]' }],
    metadata: { model: 'digits' },
  }),
  new QuartetError('QUEUE_FULL', 'digits: 1024 wait; send it later', { retryAfterMs: 1250 }),
  new QuartetError('MODEL_NOT_FOUND', 'il n’y a pas de modèle « chiffres »'),
];

test.each(ERRORS)('an error that a handler throws is the error that the client catches: $reason', async (error) => {
  const fail = () => Promise.reject(error);
  const server = await startServer({
    name: 'cnn',
    settings: readSettings({}),
    port: 0,
    handleSignals: false,
    log: silent,
    services: [service(cnn.CnnServiceService, allMethods(cnn.CnnServiceService, () => fail))],
  });
  const client = connect({ address: server.address });
  const caught: unknown = await client.cnn.embed({}).catch((thrown: unknown) => thrown);
  client.close();
  await server.drain();
  expect(caught).toBeInstanceOf(CallError);
  const { reason, message, violations, retryAfterMs, metadata } = error;
  expect(caught).toMatchObject({ reason, message, violations, retryAfterMs, metadata });
});
