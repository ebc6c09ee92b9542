import { connect, type QuartetClient } from '@quartet/client';
import { QuartetError, type Settings } from '@quartet/contracts';
import { serviceNameOf, type ModelPods } from '@quartet/service-kit';
import type { Route } from './routes';
import type { Demand } from './scaling/demand';
import { Hold } from './scaling/hold';
import { PodWatch } from './scaling/pod-watch';
import type { WaitingRoom } from './scaling/waiting-room';
import { Upstream, type UpstreamTarget } from './upstream';
import { keepLooking, watchHealth } from './watch-health';

/** Called with a service's full name whenever its health there changes. */
export type HealthReport = (service: string, serving: boolean) => void;

export interface WorkloadOptions {
  route: Route;
  settings: Settings;
  demand: Demand;
  /** Where calls wait while there is no pod. */
  room: WaitingRoom;
  /** Set: the pods are one model's alone. */
  pods?: ModelPods;
}

/** Pods that are reached, watched, counted and scaled as one: those of a service, or those of one model alone. */
export class Workload {
  readonly route: Route;
  /** Set: the pods are this model's alone. */
  readonly model: string | undefined;
  readonly upstream: Upstream;
  readonly demand: Demand;
  /** Calls wait for a pod where there is none. The registry isn't scaled to zero. */
  readonly holds: boolean;
  readonly #settings: Settings;
  readonly #hold: Hold;
  readonly #pods: PodWatch;
  /** Full names of the services that serve there. */
  readonly #serving = new Set<string>();
  readonly #ended = new AbortController();
  #client: QuartetClient | undefined;

  constructor({ route, settings, demand, room, pods }: WorkloadOptions) {
    this.route = route;
    this.model = pods?.model;
    this.demand = demand;
    this.holds = room.limitMs > 0 && route.family !== undefined;
    this.#settings = settings;
    const target: UpstreamTarget = pods
      ? { title: `${route.title} of model '${pods.model}'`, setting: 'QUARTET_MODEL_PODS', address: pods.address, serverName: pods.serverName }
      : { title: route.title, setting: route.setting, address: settings[route.setting] };
    this.upstream = new Upstream(target, settings);
    this.#hold = new Hold(this.upstream, demand, room);
    this.#pods = new PodWatch(this.upstream.client.getChannel());
  }

  /** Whether a pod takes calls, as far as is known here. */
  get hasPods(): boolean {
    return this.#pods.hasPods;
  }

  /** Whether a call may go there at once: there is a pod, or none is waited for. */
  get isReady(): boolean {
    return !this.holds || this.hasPods;
  }

  /** For calls of the gateway's own, over the same connections. */
  get client(): QuartetClient {
    const { client, address } = this.upstream;
    // With the caller's token, which is forwarded, and none of its own.
    return (this.#client ??= connect({ settings: this.#settings, address, client, token: '' }));
  }

  /** Full names of what is served there. */
  get services(): string[] {
    return this.route.services.map(serviceNameOf);
  }

  /** Lets a call in; the function that it returns is called at its end. @throws QuartetError QUEUE_FULL, UNAVAILABLE */
  enter(): () => void {
    const end = this.demand.begin();
    try {
      // That a workload without pods gave no answers is no news.
      const leave = this.upstream.enter(this.isReady);
      return () => {
        leave();
        end();
      };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Waits until `isReady`, which the caller has found not to be so. @throws QuartetError QUEUE_FULL, UNAVAILABLE; the signal's reason */
  untilReady(bytes: number, signal: AbortSignal): Promise<void> {
    return this.#hold.wait(bytes, signal);
  }

  /** Follows the health of its services until it is closed. */
  watch(report: HealthReport): void {
    keepLooking(this.upstream, this.#ended.signal);
    for (const name of this.services) {
      const note = (up: boolean) => {
        // A watch that was ended has nothing to say: another may stand in its place.
        if (this.#ended.signal.aborted) return;
        if (up) this.#serving.add(name);
        else this.#serving.delete(name);
        this.#pods.note(this.#serving.size > 0);
        if (up) {
          this.upstream.breaker.answered();
          this.#hold.end();
        }
        report(name, up);
      };
      void watchHealth(this.upstream, name, note, this.#ended.signal);
    }
  }

  /** @param gently calls under way may end first */
  close(gently = false): void {
    this.#ended.abort();
    this.#serving.clear();
    this.#hold.end(new QuartetError('UNAVAILABLE', `The ${this.upstream.title} is no longer at ${this.upstream.address}. Send the call again.`, { retryAfterMs: 0 }));
    if (gently) this.upstream.closeWhenIdle();
    else this.upstream.close();
  }
}
