import { connectivityState, type Channel } from '@grpc/grpc-js';

/**
 * Whether a workload has a pod that takes calls. Its health is watched at one replica only, which may be the one that is leaving, and a
 * connection is left for a new one now and then: neither means that there is no pod. Both together do.
 */
export class PodWatch {
  readonly #channel: Pick<Channel, 'getConnectivityState'>;
  #healthy = false;
  /** A pod was seen to serve since there was last none. */
  #seen = false;

  constructor(channel: Pick<Channel, 'getConnectivityState'>) {
    this.#channel = channel;
  }

  get hasPods(): boolean {
    if (this.#healthy) return true;
    this.#seen &&= this.#channel.getConnectivityState(false) === connectivityState.READY;
    return this.#seen;
  }

  /** Takes note of the health that was watched. */
  note(healthy: boolean): void {
    this.#healthy = healthy;
    if (healthy) this.#seen = true;
  }
}
