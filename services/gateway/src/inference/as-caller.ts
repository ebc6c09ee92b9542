import { Metadata } from '@grpc/grpc-js';

const HEADER = 'authorization';

/** What says who calls: the gateway asks with its caller's rights, not with its own. */
export function asCaller(metadata: Metadata): Metadata {
  const own = new Metadata();
  for (const value of metadata.get(HEADER)) own.add(HEADER, value);
  return own;
}

/** The same as the client library takes it. */
export function callerHeaders(metadata: Metadata): Record<string, string> {
  const [value] = metadata.get(HEADER);
  return value === undefined ? {} : { [HEADER]: String(value) };
}
