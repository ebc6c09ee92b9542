import { connect, type QuartetClient } from '@quartet/client';
import type { Settings } from '@quartet/contracts';
import { serviceNameOf, type ModelPods } from '@quartet/service-kit';
import type { Route } from './routes';
import { Upstream, type UpstreamTarget } from './upstream';
import { watchHealth } from './watch-health';

/** Called with a service's full name whenever its health there changes. */
export type HealthReport = (service: string, serving: boolean) => void;

/** Pods that are reached, watched and counted as one: those of a service, or those of one model alone. */
export class Workload {
  readonly route: Route;
  /** Set: the pods are this model's alone. */
  readonly model: string | undefined;
  readonly upstream: Upstream;
  /** Full names of the services that serve there. */
  readonly #serving = new Set<string>();
  readonly #ended = new AbortController();
  readonly #settings: Settings;
  #client: QuartetClient | undefined;

  constructor(route: Route, settings: Settings, pods?: ModelPods) {
    this.route = route;
    this.model = pods?.model;
    this.#settings = settings;
    const target: UpstreamTarget = pods
      ? { title: `${route.title} of model '${pods.model}'`, setting: 'QUARTET_MODEL_PODS', address: pods.address, serverName: pods.serverName }
      : { title: route.title, setting: route.setting, address: settings[route.setting] };
    this.upstream = new Upstream(target, settings);
  }

  /** Whether a pod takes calls, as far as is known here. */
  get isServing(): boolean {
    return this.#serving.size > 0;
  }

  /** For calls of the gateway's own, over the same connections. */
  get client(): QuartetClient {
    const { client, address } = this.upstream;
    // With the caller's token, which is forwarded, and none of its own.
    return (this.#client ??= connect({ settings: this.#settings, address, client, token: '' }));
  }

  /** Lets a call in; the function that it returns is called at its end. @throws QuartetError QUEUE_FULL, UNAVAILABLE */
  enter(): () => void {
    return this.upstream.enter();
  }

  /** Full names of what is served there. */
  get services(): string[] {
    return this.route.services.map(serviceNameOf);
  }

  /** Follows the health of its services until it is closed. */
  watch(report: HealthReport): void {
    for (const name of this.services) {
      const note = (up: boolean) => {
        // A watch that was ended has nothing to say: another may stand in its place.
        if (this.#ended.signal.aborted) return;
        if (up) {
          this.upstream.breaker.answered();
          this.#serving.add(name);
        } else this.#serving.delete(name);
        report(name, up);
      };
      void watchHealth(this.upstream, name, note, this.#ended.signal);
    }
  }

  /** @param gently calls under way may end first */
  close(gently = false): void {
    this.#ended.abort();
    this.#serving.clear();
    if (gently) this.upstream.closeWhenIdle();
    else this.upstream.close();
  }
}
