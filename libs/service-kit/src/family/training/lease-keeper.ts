import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Lease, Settings } from '@quartet/contracts';
import type { FromLeaseThread, LeaseThreadData } from './lease-thread';

export interface LeaseKeeperOptions {
  settings: Settings;
  lease: Lease;
  leaseMs: number;
  /** Told of each heartbeat that the registry has taken. */
  onKept(): void;
  onCancel(): void;
  /** The job belongs to another worker. Unless the keeper is stopped, the process is killed shortly after. */
  onLost(message: string): void;
}

/** Keeps a job's lease until it is stopped. */
export class LeaseKeeper {
  readonly #thread: Worker;
  readonly #timer: NodeJS.Timeout;

  constructor({ settings, lease, leaseMs, ...tell }: LeaseKeeperOptions) {
    const pulse = new SharedArrayBuffer(4);
    const beats = new Int32Array(pulse);
    const data: LeaseThreadData = { settings, lease, leaseMs, pulse };
    this.#thread = new Worker(join(__dirname, 'lease-thread.js'), { workerData: data, name: 'lease' });
    this.#thread.on('message', (message: FromLeaseThread) => {
      if (message.kind === 'kept') tell.onKept();
      else if (message.kind === 'cancel') tell.onCancel();
      else tell.onLost(message.message);
    });
    this.#thread.on('error', (error) => tell.onLost(`the heartbeat thread failed: ${error instanceof Error ? error.message : String(error)}`));
    this.#timer = setInterval(() => Atomics.add(beats, 0, 1), 1000);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#thread.terminate();
  }
}
