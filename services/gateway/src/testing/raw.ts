import { Client, credentials, Metadata, type CallOptions, type ServerDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { readSettings, type Settings } from '@quartet/contracts';
import { createLogger, startServer, type RunningServer, type ServerConfig } from '@quartet/service-kit';
export { freePort } from '@quartet/service-kit/dist/platform-testing/processes';
import { always } from '../destination';
import { Tenants } from '../limits/tenants';
import { proxy } from '../proxy';
import { proxyUnary } from '../proxy-unary';
import { replicaService } from '../replicas/service';
import { Demand } from '../scaling/demand';
import { WaitingRoom } from '../scaling/waiting-room';
import { Workload } from '../workload';

export type RawCall = ServerDuplexStream<Buffer, Buffer>;
type Handlers = Record<string, (call: RawCall) => void>;

const asIs = (bytes: Buffer): Buffer => bytes;
const quiet = createLogger({ service: 'test', level: 'silent' });

export const settings = readSettings({ QUARTET_DRAIN_MS: '300', QUARTET_CNN_ADDRESS: '127.0.0.1:1', QUARTET_REGISTRY_ADDRESS: '127.0.0.1:1' });

/** A server of bytes on a free port, or on a given one. */
export function startRaw(handlers: Handlers, port = 0, extra: Partial<ServerConfig> = {}): Promise<RunningServer> {
  return startServer({
    name: 'raw',
    settings,
    port,
    services: [],
    log: quiet,
    handleSignals: false,
    ...extra,
    extend: (server) => {
      for (const [path, handler] of Object.entries(handlers)) server.register(path, handler, asIs, asIs, 'bidi');
      return ['quartet.cnn.v1.CnnService'];
    },
  });
}

/** A server that proxies the methods to the address, as streams but for those named as unary, and tells the address's replicas. */
export async function startProxy(address: string, paths: readonly string[], changes: Partial<Settings> = {}, unary: readonly string[] = []): Promise<RunningServer> {
  const route = { name: 'cnn', title: 'CNN service', setting: 'QUARTET_CNN_ADDRESS' as const, services: [] };
  const own = { ...settings, ...changes, QUARTET_CNN_ADDRESS: address };
  const workload = new Workload({ route, settings: own, demand: new Demand(1000), room: new WaitingRoom(own) });
  const tenants = new Tenants({ ...settings, ...changes });
  return startServer({
    name: 'proxy',
    settings,
    port: 0,
    services: [replicaService(() => [workload], () => undefined)],
    log: quiet,
    handleSignals: false,
    onClose: () => workload.close(),
    extend: (server, environment) => {
      for (const path of paths) {
        const handler = unary.includes(path) ? proxyUnary : proxy;
        server.register(path, handler(path, always(workload), environment, (metadata) => tenants.admit(metadata)), asIs, asIs, 'bidi');
      }
      return [];
    },
  });
}

export interface RawOutcome {
  headers: Metadata;
  messages: Buffer[];
  status: StatusObject;
}

export function connectRaw(address: string): Client {
  return new Client(address, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1 });
}

export function callRaw(client: Client, path: string, requests: Buffer[], options: CallOptions = {}, metadata = new Metadata()): Promise<RawOutcome> {
  const stream = client.makeBidiStreamRequest(path, asIs, asIs, metadata, options);
  const messages: Buffer[] = [];
  let headers = new Metadata();
  return new Promise((resolve) => {
    stream.on('metadata', (received: Metadata) => (headers = received));
    stream.on('data', (message: Buffer) => messages.push(message));
    stream.on('error', () => undefined);
    stream.on('status', (status: StatusObject) => setImmediate(() => resolve({ headers, messages, status })));
    for (const request of requests) stream.write(request);
    stream.end();
  });
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until a count has stopped growing, and returns it. */
export async function settled(count: () => number): Promise<number> {
  for (;;) {
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (count() === before && before > 0) return before;
  }
}
