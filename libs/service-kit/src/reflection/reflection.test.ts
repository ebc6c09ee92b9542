import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { credentials } from '@grpc/grpc-js';
import { cnn, DatasetServiceService, readSettings } from '@quartet/contracts';
import { allMethods } from '../testing/all-methods';
import { silent } from '../testing/echo';
import { listServices, reflect } from '../testing/reflect';
import { service, startServer, type RunningServer } from '../server';

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
      services: [service(cnn.CnnServiceService, allMethods(cnn.CnnServiceService, () => unused))],
    });
  });
  afterAll(() => server.drain());

  test('lists what this server serves, and no more of the contract', async () => {
    expect(await listServices(server.address, version)).toEqual(['grpc.health.v1.Health', 'quartet.cnn.v1.CnnService']);
  });

  test('gives the descriptors of a service with all that it imports', async () => {
    const { fileDescriptorResponse } = await reflect(server.address, version, { fileContainingSymbol: 'quartet.cnn.v1.CnnService' });
    const files = fileDescriptorResponse!.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    expect(files[0]).toMatchObject({ name: 'quartet/cnn/v1/cnn.proto', package: 'quartet.cnn.v1' });
    const names = files.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    // A client links them by their imports: each must be there, under the name it is imported by.
    for (const { dependency } of files) expect(names).toEqual(expect.arrayContaining(dependency));
    expect(files[0]!.dependency).toContain('quartet/common/v1/tensor.proto');
  });

  test.each(['quartet.cnn.v1.CnnService.Classify', 'quartet.cnn.v1.ClassifyRequest.top_k', 'quartet.common.v1.DataType', 'grpc.health.v1.Health'])('finds %s', async (symbol) => {
    expect(await reflect(server.address, version, { fileContainingSymbol: symbol })).toHaveProperty('fileDescriptorResponse');
  });

  test('gives a file by its name', async () => {
    const { fileDescriptorResponse } = await reflect(server.address, version, { fileByFilename: 'quartet/common/v1/tensor.proto' });
    expect(fromBinary(FileDescriptorProtoSchema, fileDescriptorResponse!.fileDescriptorProto[0]!).name).toBe('quartet/common/v1/tensor.proto');
  });

  test('a message of proto3 has no extensions', async () => {
    expect(await reflect(server.address, version, { allExtensionNumbersOfType: 'quartet.cnn.v1.ClassifyRequest' })).toMatchObject({
      allExtensionNumbersResponse: { baseTypeName: 'quartet.cnn.v1.ClassifyRequest' },
    });
  });

  test.each([{ fileContainingSymbol: 'no.such.Thing' }, { fileContainingSymbol: 'quartet.cnn.v1.CnnService.Nothing' }, { fileByFilename: 'no.proto' }])('%j is NOT_FOUND', async (request) => {
    const { errorResponse } = await reflect(server.address, version, request);
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
