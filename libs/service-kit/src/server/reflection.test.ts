import { credentials } from '@grpc/grpc-js';
import { cnn, DatasetServiceService, readSettings } from '@quartet/contracts';
import { silent } from '../testing/echo';
import { listServices, reflect } from '../testing/reflect';
import { service, startServer, type RunningServer } from '.';

const unused = () => Promise.reject(new Error('not called here'));

describe.each(['v1', 'v1alpha'] as const)('reflection %s', (version) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({
      name: 'cnn',
      settings: readSettings({}),
      port: 0,
      handleSignals: false,
      log: silent,
      services: [service(cnn.CnnServiceService, { train: unused, classify: unused, embed: unused })],
    });
  });
  afterAll(() => server.drain());

  test('lists what this server serves, and no more of the contract', async () => {
    expect(await listServices(server.address, version)).toEqual(['grpc.health.v1.Health', 'quartet.cnn.v1.CnnService']);
  });

  test('gives the descriptors of a service with all that it imports', async () => {
    const { fileDescriptorResponse } = await reflect(server.address, version, { fileContainingSymbol: 'quartet.cnn.v1.CnnService' });
    const text = Buffer.concat(fileDescriptorResponse!.fileDescriptorProto).toString('latin1');
    for (const name of ['quartet.cnn.v1', 'ClassifyRequest', 'quartet.common.v1', 'google.protobuf']) expect(text).toContain(name);
  });

  test('an unknown symbol is NOT_FOUND', async () => {
    const { errorResponse } = await reflect(server.address, version, { fileContainingSymbol: 'no.such.Thing' });
    expect(errorResponse?.errorCode).toBe(5);
  });
});

test('the client of a service that is not served gets UNIMPLEMENTED', async () => {
  const server = await startServer({ name: 'cnn', settings: readSettings({}), port: 0, handleSignals: false, log: silent, services: [] });
  const { path } = DatasetServiceService.getDataset;
  const client = new cnn.CnnServiceClient(server.address, credentials.createInsecure());
  const error = await new Promise<{ code?: number } | null>((resolve) => client.makeUnaryRequest(path, (b: Buffer) => b, (b: Buffer) => b, Buffer.alloc(0), resolve));
  expect(error?.code).toBe(12);
  client.close();
  await server.drain();
});
