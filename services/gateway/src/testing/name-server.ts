import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface NameServer {
  /** `127.0.0.1:5353` */
  address: string;
  /** What every name resolves to. */
  addresses: string[];
  close(): void;
}

const TYPE_A = 1;

/** The answer to a query (RFC 1035, 4.1): its question again, and an A record for each address. */
function answer(query: Buffer, addresses: readonly string[]): Buffer {
  let end = 12;
  while (query[end] !== 0) end += 1 + query[end]!;
  const type = query.readUInt16BE(end + 1);
  const records = type === TYPE_A ? addresses : [];
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  // A pointer to the name in the question, type A, class IN, no caching, four bytes.
  const record = (address: string) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
  return Buffer.concat([header, query.subarray(12, end + 5), ...records.map(record)]);
}

/** A name server whose answer changes as replicas come and go. */
export async function startNameServer(addresses: string[]): Promise<NameServer> {
  const socket = createSocket('udp4');
  const server: NameServer = { address: '', addresses, close: () => socket.close() };
  socket.on('message', (query, { port, address }) => socket.send(answer(query, server.addresses), port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  server.address = `127.0.0.1:${(socket.address()).port}`;
  return server;
}
