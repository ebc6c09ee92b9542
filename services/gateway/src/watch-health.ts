import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, Metadata } from '@grpc/grpc-js';
import { health } from '@quartet/contracts';
import type { Upstream } from './upstream';

const RETRY_MS = 500;

/**
 * Follows the health of a service behind the gateway until the signal, and reports each change; an upstream that can't
 * be reached doesn't serve. The watch keeps the channel connected as well, so that the first call finds it ready.
 */
export async function watchHealth(upstream: Upstream, service: string, report: (serving: boolean) => void, signal: AbortSignal): Promise<void> {
  const client = new health.HealthClient(upstream.address, credentials.createInsecure(), { channelOverride: upstream.client.getChannel() });
  const metadata = new Metadata({ waitForReady: true });
  while (!signal.aborted) {
    const watch = client.watch({ service }, metadata);
    const cancel = () => watch.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const { status } of watch as AsyncIterable<health.HealthCheckResponse>) {
        report(status === health.HealthCheckResponse_ServingStatus.SERVING);
      }
    } catch {
      // Not there, or gone: tried again below.
    }
    signal.removeEventListener('abort', cancel);
    report(false);
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Has a channel without a connection look for its upstream again, until the signal. grpc-js asks for a name again only when a call begins, or a
 * connection ends: the watches, which wait for a connection, would wait for ever where a name had no address at first, as that of a
 * headless Service without pods.
 */
export function keepLooking({ client }: Upstream, signal: AbortSignal): void {
  const timer = setInterval(() => client.getChannel().getConnectivityState(true), RETRY_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
