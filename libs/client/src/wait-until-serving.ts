import { setTimeout as sleep } from 'node:timers/promises';
import { health, QuartetError } from '@quartet/contracts';
import type { QuartetClient } from './connect';

const ServingStatus = health.HealthCheckResponse_ServingStatus;

export interface WaitOptions {
  /** A full service name such as `quartet.cnn.v1.CnnService`; empty: the server as a whole. */
  service?: string;
  /** Default 30000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** True if the server answers SERVING now. */
export async function isServing(client: Pick<QuartetClient, 'health'>, service = '', deadlineMs = 1000): Promise<boolean> {
  return client.health.check({ service }, { deadlineMs }).then(
    ({ status }) => status === ServingStatus.SERVING,
    () => false,
  );
}

/**
 * Waits until a server's health is SERVING.
 * @throws QuartetError UNAVAILABLE after the timeout, saying where and how long.
 */
export async function waitUntilServing(client: Pick<QuartetClient, 'health' | 'address'>, options: WaitOptions = {}): Promise<void> {
  const { service = '', timeoutMs = 30_000, signal } = options;
  const until = Date.now() + timeoutMs;
  while (!(await isServing(client, service))) {
    signal?.throwIfAborted();
    if (Date.now() > until) {
      const what = service === '' ? 'the server' : service;
      throw new QuartetError('UNAVAILABLE', `${what} at ${client.address} was not ready within ${timeoutMs} ms; see its log`);
    }
    await sleep(100, undefined, { signal });
  }
}
