import { experimental, status, type ChannelOptions } from '@grpc/grpc-js';
import { ReplicaBook } from './replica-book';

const { ChildLoadBalancerHandler, createChildChannelControlHelper, parseLoadBalancingConfig, registerLoadBalancerType, subchannelAddressToString } = experimental;

type Picker = experimental.Picker;
type Pick = experimental.PickResult;

/** The load balancing policy's name in a service config. */
export const WATCHED_ROUND_ROBIN = 'quartet_watched_round_robin';

/** The channel option that holds the ReplicaBook; of the channel alone, so that it doesn't tell connections apart. */
const BOOK = `${experimental.SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.quartet_replicas`;

class Config implements experimental.TypedLoadBalancingConfig {
  getLoadBalancerName = (): string => WATCHED_ROUND_ROBIN;
  toJsonObject = (): object => ({ [WATCHED_ROUND_ROBIN]: {} });
  static createFromJson = (): Config => new Config();
}

/** grpc-js's round robin, and beside it a book of what it does with which replica. It changes nothing about what is picked. */
class WatchedRoundRobin implements experimental.LoadBalancer {
  readonly #inner: experimental.ChildLoadBalancerHandler;
  /** Of the subchannels that the picker may give. */
  readonly #addresses = new WeakMap<experimental.SubchannelInterface, string>();
  #book = new ReplicaBook();

  constructor(helper: experimental.ChannelControlHelper) {
    this.#inner = new ChildLoadBalancerHandler(
      createChildChannelControlHelper(helper, {
        createSubchannel: (to, options) => {
          const subchannel = helper.createSubchannel(to, options);
          const address = subchannelAddressToString(to);
          this.#addresses.set(subchannel, address);
          this.#book.connecting(address, subchannel);
          return subchannel;
        },
        updateState: (state, picker, problem) => helper.updateState(state, this.#watched(picker), problem),
      }),
    );
  }

  #watched(picker: Picker): Picker {
    return {
      pick: (call) => {
        const picked = picker.pick(call);
        const address = picked.subchannel && this.#addresses.get(picked.subchannel);
        // Only the gateway's own watches of health wait for a connection, and stay open for as long as there is one: they are no one's calls.
        return address === null || address === undefined || call.metadata.getOptions().waitForReady ? picked : this.#counted(picked, address);
      },
    };
  }

  #counted(picked: Pick, address: string): Pick {
    const book = this.#book;
    return {
      ...picked,
      onCallStarted: () => {
        book.begun(address);
        picked.onCallStarted?.();
      },
      onCallEnded: (code, details, metadata) => {
        book.ended(address, code !== status.OK);
        picked.onCallEnded?.(code, details, metadata);
      },
    };
  }

  updateAddressList(endpoints: experimental.StatusOr<experimental.Endpoint[]>, _: experimental.TypedLoadBalancingConfig, options: ChannelOptions, note: string): boolean {
    const given: unknown = options[BOOK];
    if (given instanceof ReplicaBook) this.#book = given;
    if (endpoints.ok) this.#book.list(endpoints.value.flatMap(({ addresses }) => addresses.map(subchannelAddressToString)));
    return this.#inner.updateAddressList(endpoints, parseLoadBalancingConfig({ round_robin: {} }), options, note);
  }

  exitIdle(): void {
    this.#inner.exitIdle();
  }

  resetBackoff(): void {
    this.#inner.resetBackoff();
  }

  destroy(): void {
    this.#inner.destroy();
    this.#book.list([]);
  }

  getTypeName(): string {
    return WATCHED_ROUND_ROBIN;
  }
}

registerLoadBalancerType(WATCHED_ROUND_ROBIN, WatchedRoundRobin, Config);

/** The options of a channel whose replicas the book is to tell. */
export const watchedBy = (book: ReplicaBook): ChannelOptions => ({ [BOOK]: book });
