import type { NodeSDK } from '@opentelemetry/sdk-node';

let running: NodeSDK | undefined;

export function setRunning(sdk: NodeSDK): void {
  running = sdk;
}

/** Writes out what is buffered and stops. Safe to call more than once, and when nothing was started. */
export async function shutdownTelemetry(): Promise<void> {
  const sdk = running;
  running = undefined;
  await sdk?.shutdown();
}
