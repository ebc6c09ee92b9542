import type { ChannelOptions } from '@grpc/grpc-js';
import type { Endpoint } from './endpoint';
import { isLoopback } from './security/loopback';
import { SERVICES } from './services';


/**
 * The retry policy of gRFC A6 for the methods that may be carried out twice: up to 5 attempts on UNAVAILABLE, spread
 * over about 1.5 s, each within the call's one deadline.
 */
function serviceConfig(): string {
  const services: Record<string, Record<string, Endpoint<unknown>>> = SERVICES;
  const name = Object.values(services)
    .flatMap((service) => Object.values(service))
    .filter(({ idempotent }) => idempotent)
    .map(({ path }) => {
      const [, service, method] = path.split('/');
      return { service, method };
    });
  const retryPolicy = { maxAttempts: 5, initialBackoff: '0.1s', maxBackoff: '1s', backoffMultiplier: 2, retryableStatusCodes: ['UNAVAILABLE'] };
  return JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }], methodConfig: [{ name, retryPolicy }] });
}

/** Channel options of every Quartet client. */
export function channelOptions(address: string, maxMessageBytes: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.service_config': serviceConfig(),
    'grpc.enable_retries': 1,
    // A server that comes back is found within half a second, not after grpc's default of up to two minutes.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
    // A stream has no deadline; pings notice a peer that vanished without closing its connection.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 20_000,
    // http_proxy in the environment never stands between a client and its own machine.
    'grpc.enable_http_proxy': isLoopback(address) ? 0 : 1,
    // A channel of its own: closing one client leaves the others connected.
    'grpc.use_local_subchannel_pool': 1,
  };
}
