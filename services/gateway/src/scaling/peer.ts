import { Metadata, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { externalscaler } from '@quartet/contracts';
import type { Logger } from '@quartet/service-kit';

/** Another gateway that doesn't answer within this must not hold KEDA up. */
const LIMIT_MS = 2000;
const RETRY_MS = 1000;

/** The scaler of another gateway. */
export class Peer {
  readonly #client: externalscaler.ExternalScalerClient;
  readonly #log: Logger;

  /** @param target `10.0.0.7:50070` @param name what its certificate names */
  constructor(
    private readonly target: string,
    credentials: ChannelCredentials,
    name: string,
    log: Logger,
  ) {
    this.#log = log;
    this.#client = new externalscaler.ExternalScalerClient(target, credentials, {
      ...(credentials._isSecure() ? { 'grpc.ssl_target_name_override': name } : {}),
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5000,
    });
  }

  /** 0 of one that doesn't answer. */
  requests(asked: externalscaler.GetMetricsRequest): Promise<number> {
    return new Promise((resolve) => {
      this.#client.getMetrics(asked, new Metadata(), { deadline: Date.now() + LIMIT_MS }, (error, answer) => {
        if (error) this.#complain(error);
        resolve(error ? 0 : answer.metricValues.reduce((sum, { metricValueFloat }) => sum + metricValueFloat, 0));
      });
    });
  }

  /** false of one that doesn't answer. */
  isActive(ref: externalscaler.ScaledObjectRef): Promise<boolean> {
    return new Promise((resolve) => {
      this.#client.isActive(ref, new Metadata(), { deadline: Date.now() + LIMIT_MS }, (error, answer) => {
        if (error) this.#complain(error);
        resolve(!error && answer.result);
      });
    });
  }

  /** Reports a workload's activity there, at first and at each change, and that it is inactive while nothing is heard. @returns what ends that */
  watch(ref: externalscaler.ScaledObjectRef, report: (active: boolean) => void): () => void {
    let over = false;
    let cancel = (): void => undefined;
    const open = () => {
      const stream = this.#client.streamIsActive(ref);
      let again: NodeJS.Timeout | undefined;
      stream.on('data', ({ result }: externalscaler.IsActiveResponse) => over || report(result));
      stream.on('error', () => undefined); // Comes with the status.
      stream.on('status', () => {
        if (over) return;
        report(false);
        again = setTimeout(open, RETRY_MS);
        again.unref();
      });
      cancel = () => {
        clearTimeout(again);
        stream.cancel();
      };
    };
    open();
    return () => {
      over = true;
      cancel();
    };
  }

  close(): void {
    this.#client.close();
  }

  #complain({ details }: ServiceError): void {
    this.#log.warn({ gateway: this.target, reason: details }, 'another gateway does not say what it has');
  }
}
