import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { descriptorSetPath } from './descriptors';

/** `none`: reads only. `repeatable`: done twice is the same as once. */
export type Idempotency = 'none' | 'repeatable';

let known: ReadonlyMap<string, Idempotency> | undefined;

/**
 * The unary methods that may be sent again when it isn't known whether they were carried out, by path
 * (`/quartet.cnn.v1.CnnService/Classify`): those whose proto says so with the option `idempotency_level`.
 */
export function idempotentMethods(): ReadonlyMap<string, Idempotency> {
  known ??= read();
  return known;
}

function read(): Map<string, Idempotency> {
  const { NO_SIDE_EFFECTS, IDEMPOTENT } = MethodOptions_IdempotencyLevel;
  const found = new Map<string, Idempotency>();
  for (const type of createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSetPath)))) {
    if (type.kind !== 'service') continue;
    for (const method of type.methods) {
      const level = method.proto.options?.idempotencyLevel;
      if (method.methodKind !== 'unary' || (level !== NO_SIDE_EFFECTS && level !== IDEMPOTENT)) continue;
      found.set(`/${type.typeName}/${method.name}`, level === NO_SIDE_EFFECTS ? 'none' : 'repeatable');
    }
  }
  return found;
}
