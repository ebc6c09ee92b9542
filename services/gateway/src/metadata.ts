import { Metadata } from '@grpc/grpc-js';

/** Headers that belong to one connection, not to the call; grpc-js makes each side's own. */
const OF_THE_HOP: ReadonlySet<string> = new Set([
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
]);

/** The part of a call's metadata that the other side gets: all but the headers of the hop. */
export function forwardable(metadata: Metadata): Metadata {
  const copy = new Metadata();
  for (const name of Object.keys(metadata.getMap())) {
    if (!OF_THE_HOP.has(name)) for (const value of metadata.get(name)) copy.add(name, value);
  }
  return copy;
}
