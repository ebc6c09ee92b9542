import { rmSync } from 'node:fs';
import { stopService } from '../src/platform';
import { loadState } from './shared';

/** Stops what the set-up started, in reverse, and fails the run if a service doesn't end cleanly. */
export default async function teardown(): Promise<void> {
  const codes: string[] = [];
  for (const service of (globalThis.quartetPlatform ?? []).reverse()) codes.push(`${service.name}: ${await stopService(service)}`);
  rmSync(loadState().home, { recursive: true, force: true });
  if (codes.some((line) => !line.endsWith(': 0'))) throw new Error(`a service didn't exit with 0 on SIGTERM (${codes.join(', ')})`);
}
