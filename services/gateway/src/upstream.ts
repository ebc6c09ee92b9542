import { Client, type ChannelOptions, type ClientDuplexStream, type Metadata, type StatusObject } from '@grpc/grpc-js';
import { channelCredentials } from '@quartet/client';
import { QuartetError, type Settings } from '@quartet/contracts';
import { CircuitBreaker } from './limits/circuit-breaker';
import { readQueueFull, stillFull } from './limits/queue-full';
import { Refusals, type Asked } from './limits/refusals';
import { ReplicaBook } from './replicas/replica-book';
import { watchedBy } from './replicas/watched-round-robin';
import { serviceConfig } from './service-config';

const asIs = (bytes: Buffer): Buffer => bytes;

/** A target that names its resolver: `dns:///cnn:50051`, `ipv4:10.0.0.1:50051,10.0.0.2:50051`, `unix:/run/cnn`. */
const SCHEME = /^(dns|ipv4|ipv6|unix):/;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/;

/** Where an upstream is, and how messages speak of it. */
export interface UpstreamTarget {
  /** In messages: `The CNN service isn't reachable ...`. */
  title: string;
  /** The setting that says where it is. */
  setting: string;
  address: string;
  /** What its certificate names, where that isn't the address. */
  serverName?: string;
}

function channelOptions({ address, serverName }: UpstreamTarget, settings: Settings): ChannelOptions {
  return {
    ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
    'grpc.max_receive_message_length': settings.QUARTET_MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': settings.QUARTET_MAX_MESSAGE_BYTES,
    'grpc.service_config': serviceConfig(settings),
    // An upstream that starts later, or again, is found within a second.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    // Replicas come and go behind one name.
    'grpc.dns_min_time_between_resolutions_ms': 1000,
    'grpc.keepalive_time_ms': settings.QUARTET_KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.keepalive_permit_without_calls': 1,
    // http_proxy in the environment never stands between the gateway and its own machine.
    'grpc.enable_http_proxy': LOOPBACK.test(address) ? 0 : 1,
  };
}

/** A connection to one service, or to all its replicas in turn, that carries messages as raw bytes. */
export class Upstream {
  readonly title: string;
  readonly setting: string;
  readonly address: string;
  /** The address with its resolver. */
  readonly target: string;
  readonly client: Client;
  readonly book = new ReplicaBook();
  readonly breaker: CircuitBreaker;
  readonly #refusals = new Refusals();
  readonly #maxCalls: number;
  #calls = 0;
  #closing = false;

  constructor(to: UpstreamTarget, settings: Settings) {
    this.title = to.title;
    this.setting = to.setting;
    this.address = to.address;
    this.target = SCHEME.test(this.address) ? this.address : `dns:///${this.address}`;
    this.client = new Client(this.target, channelCredentials(settings), { ...channelOptions(to, settings), ...watchedBy(this.book) });
    this.breaker = new CircuitBreaker({ failures: settings.QUARTET_GATEWAY_BREAKER_FAILURES, openMs: settings.QUARTET_GATEWAY_BREAKER_MS });
    this.#maxCalls = settings.QUARTET_GATEWAY_MAX_CALLS;
  }

  /** Calls that were let in and haven't ended. */
  get callsInFlight(): number {
    return this.#calls;
  }

  /**
   * Lets a call in; the function that it returns is called at its end.
   * @param guarded whether the circuit breaker has a say
   * @throws QuartetError QUEUE_FULL while too many are under way, UNAVAILABLE while the circuit breaker is open.
   */
  enter(guarded = true): () => void {
    if (this.#calls >= this.#maxCalls) {
      const message = `${this.#calls} calls to the ${this.title} are under way in this gateway; the limit is ${this.#maxCalls} (QUARTET_GATEWAY_MAX_CALLS). Send this one again later, or add gateways.`;
      throw new QuartetError('QUEUE_FULL', message, { retryAfterMs: 1000 });
    }
    const waitMs = guarded ? this.breaker.check() : 0;
    if (waitMs > 0) {
      const message = `The ${this.title} at ${this.address} gave no answer to ${this.breaker.failures} calls in a row; the gateway tries again in ${waitMs} ms. Send the call again then.`;
      throw new QuartetError('UNAVAILABLE', message, { retryAfterMs: waitMs });
    }
    this.#calls += 1;
    return () => {
      this.#calls -= 1;
      if (this.#closing && this.#calls === 0) this.client.close();
    };
  }

  /** @throws QuartetError QUEUE_FULL for a call like those that all replicas have just refused */
  checkRoom(asked: Asked): void {
    const waitMs = this.#refusals.check(asked, this.book.ready);
    if (waitMs > 0) throw stillFull(this.title, waitMs);
  }

  /** Remembers it if a call was refused because a queue was full. @param replica that answered */
  noteRoom(asked: Asked, replica: string, answer: StatusObject): void {
    const full = readQueueFull(answer);
    if (full) this.#refusals.note(asked, replica, full.retryAfterMs);
  }

  /** Opens a call of any kind of streaming: on the wire a unary call is a stream of one message each way. */
  open(path: string, metadata: Metadata, deadline: Date | undefined): ClientDuplexStream<Buffer, Buffer> {
    return this.client.makeBidiStreamRequest(path, asIs, asIs, metadata, { deadline });
  }

  /** Takes note of how a call ended. @param answered undefined: that says nothing of the service. */
  note(answered: boolean | undefined): void {
    if (answered === true) this.breaker.answered();
    if (answered === false) this.breaker.unanswered();
  }

  /** Closes the connections at once. */
  close(): void {
    this.client.close();
  }

  /** Closes them after the calls under way. */
  closeWhenIdle(): void {
    this.#closing = true;
    if (this.#calls === 0) this.client.close();
  }
}
