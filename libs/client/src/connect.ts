import { Client, credentials as grpcCredentials, type ChannelCredentials } from '@grpc/grpc-js';
import { readSettings, type Settings } from '@quartet/contracts';
import { channelOptions } from './channel';
import type { Connection, Endpoint } from './endpoint';
import { SERVICES, type BoundServices } from './services';

export interface ConnectOptions {
  /** `host:port` of the gateway (or of one service). Default: QUARTET_HOST and QUARTET_GATEWAY_PORT of the settings. */
  address?: string;
  /** Default: read from the environment. */
  settings?: Settings;
  /** Default: insecure, for a platform on the same machine or behind a mesh. */
  credentials?: ChannelCredentials;
  /** Deadline of a unary call that names none; default 30000. Streams have none of their own. */
  defaultDeadlineMs?: number;
  /** Default: QUARTET_MAX_MESSAGE_BYTES. */
  maxMessageBytes?: number;
}

/** All of Quartet behind one address. Methods keep their names in proto/; failures are {@link CallError}s. */
export interface QuartetClient extends BoundServices {
  readonly address: string;
  /** Ends the connection; calls under way fail. */
  close(): void;
}

/**
 * Makes a client. It connects at its first call, and by itself again whenever the connection is lost.
 *
 * @example
 * const quartet = connect({ address: '127.0.0.1:50050' });
 * const { results } = await quartet.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: tensor } });
 */
export function connect(options: ConnectOptions = {}): QuartetClient {
  const settings = options.settings ?? readSettings();
  const address = options.address ?? `${settings.QUARTET_HOST}:${settings.QUARTET_GATEWAY_PORT}`;
  const client = new Client(
    address,
    options.credentials ?? grpcCredentials.createInsecure(),
    channelOptions(address, options.maxMessageBytes ?? settings.QUARTET_MAX_MESSAGE_BYTES),
  );
  const connection: Connection = { client, address, defaultDeadlineMs: options.defaultDeadlineMs ?? 30_000 };
  const bind = (service: Record<string, Endpoint<unknown>>) =>
    Object.fromEntries(Object.entries(service).map(([name, endpoint]) => [name, endpoint.bind(connection)]));
  const services = Object.fromEntries(Object.entries(SERVICES).map(([name, service]) => [name, bind(service)]));
  return { ...(services as unknown as BoundServices), address, close: () => client.close() };
}
