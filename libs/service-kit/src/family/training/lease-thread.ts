import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '@quartet/client';
import { QuartetError, type Lease, type Settings } from '@quartet/contracts';
import { pause } from '../retry';
import { LEASE_LOST_WORDS } from './protocol';

// Sends the heartbeats of a training process from a thread of its own: a call into TensorFlow can block the main thread
// for longer than a lease lasts. If the main thread is stuck for good, the heartbeats end, and the process with them.

export interface LeaseThreadData {
  settings: Settings;
  lease: Lease;
  leaseMs: number;
  /** One int32 that the main thread counts up while it is alive. */
  pulse: SharedArrayBuffer;
}

export type FromLeaseThread = { kind: 'kept' } | { kind: 'cancel' } | { kind: 'lost'; message: string };

/** No single call into TensorFlow takes this long. */
const STUCK_MS = 10 * 60_000;
/** How long the main thread has to end by itself once the lease is lost. */
const GRACE_MS = 2_000;

const { settings, lease, leaseMs, pulse } = workerData as LeaseThreadData;
const registry = connect({ settings, address: settings.QUARTET_REGISTRY_ADDRESS, token: settings.QUARTET_SERVICE_TOKEN });
const say = (message: FromLeaseThread) => parentPort?.postMessage(message);
const beats = new Int32Array(pulse);

function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function keep(): Promise<void> {
  let seen = -1;
  let seenAt = Date.now();
  for (;;) {
    const beat = Atomics.load(beats, 0);
    if (beat !== seen) [seen, seenAt] = [beat, Date.now()];
    if (Date.now() - seenAt > STUCK_MS) return end();
    try {
      // A heartbeat that hangs is worth no more than one that fails.
      const { cancelRequested } = await registry.worker.heartbeat({ lease }, { deadlineMs: leaseMs });
      say({ kind: 'kept' });
      if (cancelRequested) say({ kind: 'cancel' });
    } catch (error) {
      // While the registry is away nobody else can have the job either.
      if (QuartetError.is(error) && error.reason === 'LEASE_LOST') {
        say({ kind: 'lost', message: error.message });
        await pause(GRACE_MS);
        // The service reads it: this is no crash.
        writeSync(2, `${LEASE_LOST_WORDS}: ${error.message}\n`);
        return end();
      }
    }
    await pause(leaseMs / 3);
  }
}

void keep();
