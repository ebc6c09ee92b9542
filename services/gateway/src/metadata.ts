import type { Metadata } from '@grpc/grpc-js';

/** Headers that belong to one connection, not to the call; grpc-js makes each side's own. */
const OF_THE_HOP = [
  'user-agent',
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'te',
  'date',
  'content-type',
  'content-length',
  'accept-encoding',
  'grpc-encoding',
  'grpc-accept-encoding',
  'grpc-timeout',
  'grpc-previous-rpc-attempts',
  'grpc-retry-pushback-ms',
];

/** The part of a call's metadata that the other side gets: all but the headers of the hop. */
export function forwardable(metadata: Metadata): Metadata {
  const copy = metadata.clone();
  for (const name of OF_THE_HOP) copy.remove(name);
  return copy;
}
