import type { Family, Traffic, Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { Logger } from '../../logging/logger';
import { backoffMs, brief, pause } from '../retry';

export interface VersionWatchOptions {
  registry: QuartetClient;
  family: Family;
  log: Logger;
  /** Ends the watch. */
  signal: AbortSignal;
  /** Called with all labelled versions and the models' canaries and shadows, at first and whenever that changes. */
  onVersions(versions: Version[], traffic: Traffic[]): void;
}

/** Follows the registry's list of labelled versions for as long as the process lives, through any absence of it. */
export async function watchVersions({ registry, family, log, signal, onVersions }: VersionWatchOptions): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      for await (const { versions, traffic } of registry.worker.watchVersions({ family }, { signal })) {
        if (failures > 0) log.info({ registry: registry.address }, 'registry reached again');
        failures = 0;
        onVersions(versions, traffic);
      }
      if (!signal.aborted) throw new Error('the registry ended the stream');
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      // Once, not at each try: an absence may last.
      if (failures === 1) log.warn({ ...brief(error), registry: registry.address }, 'registry away; serving what is loaded, trying again');
      await pause(backoffMs(failures, 100, 2_000), signal);
    }
  }
}
