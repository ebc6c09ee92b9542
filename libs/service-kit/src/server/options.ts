import type { ServerOptions } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';

/** Options of every Quartet server. */
export function serverOptions(settings: Settings): ServerOptions {
  return {
    'grpc.max_receive_message_length': settings.QUARTET_MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': settings.QUARTET_MAX_MESSAGE_BYTES,
    // Notices clients that vanished without closing their connection.
    'grpc.keepalive_time_ms': settings.QUARTET_KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': 20_000,
    // Connections are renewed now and then, so that load spreads over replicas that came later. No grace limit: a call
    // that is running, such as a job being watched, is never cut off for it.
    'grpc.max_connection_age_ms': settings.QUARTET_MAX_CONNECTION_AGE_MS,
    // Two servers on one port would share its calls at random instead of the second one failing.
    'grpc.so_reuseport': 0,
    'grpc.enable_channelz': 0,
  };
}
