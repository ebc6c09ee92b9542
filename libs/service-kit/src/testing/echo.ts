import { Client, credentials, Metadata, type CallOptions, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { readSettings, type Settings } from '@quartet/contracts';
import pino from 'pino';
import { createLogger } from '../logging/logger';
import { service, startServer, type Implementation, type RunningServer, type ServerConfig } from '../server';

export interface Note {
  text: string;
  /** How often, or what the test makes of it. */
  n?: number;
}

const serialize = (note: Note): Buffer => Buffer.from(JSON.stringify(note));
const deserialize = (bytes: Buffer): Note => JSON.parse(bytes.toString()) as Note;

const method = <P extends string, Q extends boolean, R extends boolean>(path: P, requestStream: Q, responseStream: R) => ({
  path: `/quartet.test.v1.Echo/${path}` as const,
  requestStream,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
});

/** A method of each kind of streaming; the contract itself has none that streams both ways. */
export const EchoService = {
  say: method('Say', false, false),
  count: method('Count', false, true),
  collect: method('Collect', true, false),
  chat: method('Chat', true, true),
} as const;

export const echo: Implementation<typeof EchoService> = {
  say: async ({ text }) => ({ text: `you said ${text}` }),
  async *count({ text, n = 0 }) {
    for (let i = 0; i < n; i++) yield { text, n: i };
  },
  async collect(notes) {
    const texts: string[] = [];
    for await (const { text } of notes) texts.push(text);
    return { text: texts.join(' '), n: texts.length };
  },
  async *chat(notes) {
    for await (const { text } of notes) yield { text: text.toUpperCase() };
  },
};

export interface EchoServer extends RunningServer {
  client: Client;
  /** What was logged, each line parsed. */
  logged: Record<string, unknown>[];
  close(): Promise<void>;
}

/** A server on a free port with some methods replaced, and a client connected to it. */
export async function startEcho(
  implementation: Partial<Implementation<typeof EchoService>> = {},
  { env = {}, ...config }: Partial<Omit<ServerConfig, 'settings'>> & { env?: Record<string, string> } = {},
): Promise<EchoServer> {
  const settings: Settings = readSettings({ QUARTET_DRAIN_MS: '500', ...env });
  const logged: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) };
  const server = await startServer({
    name: 'echo',
    settings,
    port: 0,
    handleSignals: false,
    log: createLogger({ service: 'echo', level: 'debug', destination }),
    services: [service(EchoService, { ...echo, ...implementation })],
    ...config,
  });
  const client = new Client(server.address, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1 });
  return {
    ...server,
    client,
    logged,
    close: async () => {
      client.close();
      await server.drain();
    },
  };
}

export interface Outcome {
  messages: Note[];
  status: StatusObject;
}

/** Makes a call of any kind of streaming with the given requests and waits for its end. */
export function call(client: Client, { path }: { path: string }, requests: (Note | Buffer)[], options: CallOptions = {}, metadata = new Metadata()): Promise<Outcome> {
  const stream = client.makeBidiStreamRequest(path, (m: Note | Buffer) => (Buffer.isBuffer(m) ? m : serialize(m)), deserialize, metadata, options);
  const messages: Note[] = [];
  return new Promise((resolve) => {
    stream.on('data', (message: Note) => messages.push(message));
    stream.on('error', (_: ServiceError) => undefined);
    stream.on('status', (status: StatusObject) => setImmediate(() => resolve({ messages, status })));
    for (const request of requests) stream.write(request);
    stream.end();
  });
}

/** A logger that keeps nothing. */
export const silent = pino({ level: 'silent' });
