import { health, QuartetError } from '@quartet/contracts';
import type { CallContext } from '../server/handlers';
import { service, type ServiceRegistration } from '../server/handlers';

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = health.HealthCheckResponse_ServingStatus;
type ServingStatus = health.HealthCheckResponse_ServingStatus;

/**
 * The statuses behind grpc.health.v1: "" for the process as a whole, each service by its full name, and whatever else a
 * service puts in, such as each of its models. While the process drains, all are NOT_SERVING.
 */
export class Health {
  private readonly statuses = new Map<string, ServingStatus>();
  private readonly watchers = new Set<() => void>();
  private draining = false;

  setServing(name: string, serving: boolean): void {
    this.set(name, serving ? SERVING : NOT_SERVING);
  }

  /** Forgets a name: a model that is no longer there. */
  remove(name: string): void {
    this.statuses.delete(name);
    this.notify();
  }

  beginDrain(): void {
    this.draining = true;
    this.notify();
  }

  get(name: string): ServingStatus | undefined {
    const status = this.statuses.get(name);
    return status !== undefined && this.draining ? NOT_SERVING : status;
  }

  names(): string[] {
    return [...this.statuses.keys()];
  }

  private set(name: string, status: ServingStatus): void {
    if (this.statuses.get(name) === status) return;
    this.statuses.set(name, status);
    this.notify();
  }

  private notify(): void {
    for (const wake of [...this.watchers]) wake();
  }

  /** A name's status now, then at each change, until the signal; a drain's NOT_SERVING is the last. */
  async *watch(name: string, signal: AbortSignal): AsyncGenerator<ServingStatus> {
    let wake = () => {};
    const waken = () => wake();
    this.watchers.add(waken);
    signal.addEventListener('abort', waken);
    try {
      let last: ServingStatus | undefined;
      while (!signal.aborted) {
        const changed = new Promise<void>((resolve) => (wake = resolve));
        const status = this.get(name) ?? SERVICE_UNKNOWN;
        if (status !== last) yield (last = status);
        else await changed;
        if (this.draining && last === (this.get(name) ?? SERVICE_UNKNOWN)) return;
      }
    } finally {
      this.watchers.delete(waken);
      signal.removeEventListener('abort', waken);
    }
  }
}

/** grpc.health.v1.Health over the statuses. */
export function healthService(statuses: Health): ServiceRegistration {
  return service(health.HealthService, {
    check: ({ service: name }) => {
      const status = statuses.get(name);
      if (status !== undefined) return Promise.resolve({ status });
      return Promise.reject(
        new QuartetError('MODEL_NOT_FOUND', `There is no service or model "${name}" here; the health service's List names those that are.`),
      );
    },
    list: () => Promise.resolve({ statuses: Object.fromEntries(statuses.names().map((name) => [name, { status: statuses.get(name) ?? NOT_SERVING }])) }),
    async *watch({ service: name }, ctx: CallContext) {
      for await (const status of statuses.watch(name, ctx.signal)) yield { status };
    },
  });
}
