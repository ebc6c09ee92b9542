import { Metadata } from '@grpc/grpc-js';

const HEADER = 'authorization';

/** What says who calls: the gateway asks with its caller's rights, not with its own. */
export function asCaller(metadata: Metadata): Metadata {
  const own = new Metadata();
  for (const value of metadata.get(HEADER)) own.add(HEADER, value);
  return own;
}
