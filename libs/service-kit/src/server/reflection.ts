import { readFileSync } from 'node:fs';
import type { Server } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { descriptorSetPath } from '@quartet/contracts';

/**
 * Adds grpc.reflection.v1 and v1alpha, which list the named services only; the descriptors behind them are those of
 * the whole contract.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  const definition = loadFileDescriptorSetFromBuffer(readFileSync(descriptorSetPath));
  new ReflectionService(definition, { services: [...services] }).addToServer(server);
}
