import { join } from 'node:path';

/** Path of the FileDescriptorSet of every proto file, imports included; reflection serves it. */
export const descriptorSetPath: string = join(__dirname, '..', 'descriptors.binpb');
