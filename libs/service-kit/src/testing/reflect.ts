import { dirname, join } from 'node:path';
import { credentials, loadPackageDefinition, type ClientDuplexStream } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

interface ReflectionRequest {
  listServices?: string;
  fileContainingSymbol?: string;
  fileByFilename?: string;
  allExtensionNumbersOfType?: string;
}
interface ReflectionResponse {
  listServicesResponse?: { service: { name: string }[] };
  fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
  allExtensionNumbersResponse?: { baseTypeName: string; extensionNumber: number[] };
  errorResponse?: { errorCode: number; errorMessage: string };
}
type ReflectionClient = new (address: string, channel: unknown) => {
  ServerReflectionInfo(): ClientDuplexStream<ReflectionRequest, ReflectionResponse>;
  close(): void;
};

/** Asks a server's reflection service, as grpcurl and grpcui do. */
export async function reflect(address: string, version: 'v1' | 'v1alpha', request: ReflectionRequest): Promise<ReflectionResponse> {
  const proto = join(dirname(require.resolve('@grpc/reflection')), '..', 'proto', 'grpc', 'reflection', version, 'reflection.proto');
  const loaded = loadPackageDefinition(loadSync(proto, { keepCase: false })) as unknown as {
    grpc: { reflection: Record<string, { ServerReflection: ReflectionClient }> };
  };
  const Reflection = loaded.grpc.reflection[version]!.ServerReflection;
  const client = new Reflection(address, credentials.createInsecure());
  const stream = client.ServerReflectionInfo();
  try {
    return await new Promise<ReflectionResponse>((resolve, reject) => {
      stream.on('data', resolve).on('error', reject);
      stream.write(request);
      stream.end();
    });
  } finally {
    client.close();
  }
}

export async function listServices(address: string, version: 'v1' | 'v1alpha' = 'v1'): Promise<string[]> {
  const { listServicesResponse } = await reflect(address, version, { listServices: '' });
  return (listServicesResponse?.service ?? []).map(({ name }) => name).sort();
}
