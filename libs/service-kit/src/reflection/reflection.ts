import { dirname, join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { descriptorSetPath } from '@quartet/contracts';
import type { BidiHandler, MethodShape, ServiceRegistration } from '../server/handlers';
import { Descriptors } from './descriptors';

interface ReflectionRequest {
  host: string;
  messageRequest?: 'fileByFilename' | 'fileContainingSymbol' | 'fileContainingExtension' | 'allExtensionNumbersOfType' | 'listServices';
  fileByFilename?: string;
  fileContainingSymbol?: string;
  fileContainingExtension?: { containingType: string; extensionNumber: number };
  allExtensionNumbersOfType?: string;
}

type Answer =
  | { listServicesResponse: { service: { name: string }[] } }
  | { fileDescriptorResponse: { fileDescriptorProto: Buffer[] } }
  | { allExtensionNumbersResponse: { baseTypeName: string; extensionNumber: number[] } }
  | { errorResponse: { errorCode: number; errorMessage: string } };

const notFound = (what: string): Answer => ({ errorResponse: { errorCode: status.NOT_FOUND, errorMessage: `${what} is not in the contract of this server` } });

function answer(request: ReflectionRequest, services: readonly string[], descriptors: Descriptors): Answer {
  switch (request.messageRequest) {
    case 'listServices':
      return { listServicesResponse: { service: services.map((name) => ({ name })) } };
    case 'fileByFilename': {
      const fileDescriptorProto = descriptors.withImports(descriptors.fileByName(request.fileByFilename ?? ''));
      return fileDescriptorProto ? { fileDescriptorResponse: { fileDescriptorProto } } : notFound(`file "${request.fileByFilename}"`);
    }
    case 'fileContainingSymbol': {
      const fileDescriptorProto = descriptors.withImports(descriptors.fileOfSymbol(request.fileContainingSymbol ?? ''));
      return fileDescriptorProto ? { fileDescriptorResponse: { fileDescriptorProto } } : notFound(`"${request.fileContainingSymbol}"`);
    }
    case 'allExtensionNumbersOfType': {
      const baseTypeName = request.allExtensionNumbersOfType ?? '';
      if (!descriptors.isMessage(baseTypeName)) return notFound(`message "${baseTypeName}"`);
      return { allExtensionNumbersResponse: { baseTypeName, extensionNumber: [] } }; // proto3 has no extensions.
    }
    case 'fileContainingExtension':
      return notFound(`extension ${request.fileContainingExtension?.extensionNumber} of "${request.fileContainingExtension?.containingType}"`);
    default:
      return { errorResponse: { errorCode: status.INVALID_ARGUMENT, errorMessage: 'the request asks for nothing; set one of its fields' } };
  }
}

/** The definition of grpc.reflection.v1.ServerReflection, from the proto file that comes with @grpc/reflection. */
function reflectionMethod(): MethodShape {
  const proto = join(dirname(require.resolve('@grpc/reflection')), '..', 'proto', 'grpc', 'reflection', 'v1', 'reflection.proto');
  const { ServerReflectionInfo } = loadSync(proto, { oneofs: true })['grpc.reflection.v1.ServerReflection'] as unknown as Record<string, MethodShape>;
  return ServerReflectionInfo!;
}

/**
 * grpc.reflection v1 and v1alpha, which differ in their package's name only. They list the named services; the
 * descriptors behind them are those of the whole contract.
 */
export function reflectionServices(services: readonly string[]): ServiceRegistration[] {
  const descriptors = new Descriptors(descriptorSetPath);
  const method = reflectionMethod();
  const handler: BidiHandler<ReflectionRequest, object> = async function* (requests) {
    for await (const request of requests) yield { validHost: request.host, originalRequest: request, ...answer(request, services, descriptors) };
  };
  return ['v1', 'v1alpha'].map((version) => ({
    definition: { serverReflectionInfo: { ...method, path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo` } },
    implementation: { serverReflectionInfo: handler },
  }));
}
