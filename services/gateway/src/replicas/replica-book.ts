import { connectivityState, type experimental } from '@grpc/grpc-js';
import { gateway } from '@quartet/contracts';

interface Entry {
  /** What the load balancer has for the address last. */
  subchannel: experimental.SubchannelInterface | undefined;
  listed: boolean;
  inFlight: number;
  calls: number;
  failed: number;
}

const { ReplicaState } = gateway;

function stateOf({ listed, subchannel }: Entry): gateway.ReplicaState {
  if (!listed) return ReplicaState.REPLICA_STATE_LEAVING;
  // Outlier detection marks what it has ejected as not healthy.
  if (subchannel && !subchannel.isHealthy()) return ReplicaState.REPLICA_STATE_EJECTED;
  switch (subchannel?.getConnectivityState()) {
    case connectivityState.READY:
      return ReplicaState.REPLICA_STATE_READY;
    case connectivityState.TRANSIENT_FAILURE:
      return ReplicaState.REPLICA_STATE_UNREACHABLE;
    default:
      return ReplicaState.REPLICA_STATE_CONNECTING;
  }
}

/** The replicas of one service, as the load balancing of a channel to it sees them. */
export class ReplicaBook {
  readonly #entries = new Map<string, Entry>();

  /** These are all the addresses that the service has now. */
  list(addresses: readonly string[]): void {
    for (const [address, entry] of this.#entries) {
      entry.listed = addresses.includes(address);
      this.#forgetIfGone(address, entry);
    }
    for (const address of addresses) this.#entry(address).listed = true;
  }

  connecting(address: string, subchannel: experimental.SubchannelInterface): void {
    this.#entry(address).subchannel = subchannel;
  }

  begun(address: string): void {
    this.#entry(address).inFlight += 1;
  }

  ended(address: string, failed: boolean): void {
    const entry = this.#entry(address);
    entry.inFlight -= 1;
    entry.calls += 1;
    if (failed) entry.failed += 1;
    this.#forgetIfGone(address, entry);
  }

  /** How many may get calls. */
  get ready(): number {
    let ready = 0;
    for (const entry of this.#entries.values()) if (stateOf(entry) === ReplicaState.REPLICA_STATE_READY) ready += 1;
    return ready;
  }

  get replicas(): gateway.Replica[] {
    return [...this.#entries]
      .map(([address, entry]) => ({ address, state: stateOf(entry), callsInFlight: entry.inFlight, calls: BigInt(entry.calls), failedCalls: BigInt(entry.failed) }))
      .sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
  }

  #entry(address: string): Entry {
    const known = this.#entries.get(address);
    if (known) return known;
    const entry = { subchannel: undefined, listed: false, inFlight: 0, calls: 0, failed: 0 };
    this.#entries.set(address, entry);
    return entry;
  }

  #forgetIfGone(address: string, { listed, inFlight }: Entry): void {
    if (!listed && inFlight === 0) this.#entries.delete(address);
  }
}
