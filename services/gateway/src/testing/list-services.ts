import { Client, credentials } from '@grpc/grpc-js';

/** Field 7 (list_services, a string) of a ServerReflectionRequest, empty. */
const LIST = Buffer.from([0x3a, 0x00]);

/** The services that reflection lists, read from the bytes of the answer: each name stands there as text. */
export function listServices(address: string, version: 'v1' | 'v1alpha'): Promise<string[]> {
  const client = new Client(address, credentials.createInsecure());
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const stream = client.makeBidiStreamRequest(path, (b: Buffer) => b, (b: Buffer) => b);
  return new Promise((resolve, reject) => {
    stream.on('error', reject).on('data', (bytes: Buffer) => {
      client.close();
      resolve((bytes.toString('latin1').match(/[a-z]+(\.\w+)*\.[A-Z]\w+/g) ?? []).sort());
    });
    stream.write(LIST);
    stream.end();
  });
}
