import { Client, type ChannelCredentials } from '@grpc/grpc-js';
import { QuartetError, readSettings, type Settings } from '@quartet/contracts';
import { channelOptions } from './channel';
import type { Connection, Endpoint } from './endpoint';
import { channelCredentials } from './security/channel-credentials';
import { isLoopback } from './security/loopback';
import { tokenSource, type TokenSource } from './security/token';
import { SERVICES, type BoundServices } from './services';

export interface ConnectOptions {
  /** `host:port` of the gateway (or of one service). Default: QUARTET_HOST and QUARTET_GATEWAY_PORT of the settings. */
  address?: string;
  /** Default: read from the environment. */
  settings?: Settings;
  /** TLS by these files in PEM instead of those of the settings: `ca` is what the server is checked by (`system`: the public ones). */
  tls?: { ca: string; cert?: string; key?: string };
  /** Bearer token, or `@FILE`. Default: QUARTET_TOKEN. */
  token?: string;
  /** In place of all that: grpc-js's own. Default: TLS if QUARTET_TLS_CA is set, else in the clear. */
  credentials?: ChannelCredentials;
  /** An open connection to use in place of one of its own; `close` leaves it open. */
  client?: Client;
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
  const settings = secured(options.settings ?? readSettings(), options.tls);
  const address = options.address ?? `${settings.QUARTET_HOST}:${settings.QUARTET_GATEWAY_PORT}`;
  const credentials = options.credentials ?? channelCredentials(settings);
  const token = tokenSource(options.token ?? settings.QUARTET_TOKEN, options.token === undefined ? 'QUARTET_TOKEN' : 'token');
  const client = options.client ?? new Client(address, credentials, channelOptions(address, options.maxMessageBytes ?? settings.QUARTET_MAX_MESSAGE_BYTES));
  const mayBeRead = !credentials._isSecure() && !isLoopback(address) && settings.QUARTET_INSECURE !== 'true';
  const connection: Connection = { client, address, defaultDeadlineMs: options.defaultDeadlineMs ?? 30_000, token: mayBeRead ? refusingToken(token, address) : token };
  const bind = (service: Record<string, Endpoint<unknown>>) =>
    Object.fromEntries(Object.entries(service).map(([name, endpoint]) => [name, endpoint.bind(connection)]));
  const services = Object.fromEntries(Object.entries(SERVICES).map(([name, service]) => [name, bind(service)]));
  const close = () => {
    if (!options.client) client.close();
  };
  return { ...(services as unknown as BoundServices), address, close };
}

function secured(settings: Settings, tls: ConnectOptions['tls']): Settings {
  return tls ? { ...settings, QUARTET_TLS_CA: tls.ca, QUARTET_TLS_CERT: tls.cert ?? '', QUARTET_TLS_KEY: tls.key ?? '' } : settings;
}

/** Without TLS whoever stands between could read the token and use it. */
function refusingToken(source: TokenSource, address: string): TokenSource {
  return () => {
    if (source() === undefined) return undefined;
    throw new QuartetError(
      'WRONG_STATE',
      `A token would go to ${address} in the clear, where others can read it. Set QUARTET_TLS_CA for TLS; where the network itself is safe, QUARTET_INSECURE=true.`,
    );
  };
}
