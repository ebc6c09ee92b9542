import { QuartetError, type Family, type Settings } from '@quartet/contracts';
import { ModelPodsFile, type Logger, type ModelPods } from '@quartet/service-kit';
import type { Route } from './routes';
import { Demand } from './scaling/demand';
import { WaitingRoom } from './scaling/waiting-room';
import { Workload } from './workload';

export interface WorkloadsOptions {
  routes: readonly Route[];
  settings: Settings;
  log: Logger;
  /** Told of each change of a service's health, at the pods of a workload. */
  report(workload: Workload, service: string, serving: boolean): void;
  /** Told that a model has no longer pods of its own, which these were. */
  forget(workload: Workload): void;
}

/** All that the gateway passes calls on to: each service, and each model with pods of its own, as QUARTET_MODEL_PODS lists them at the time. */
export class Workloads {
  readonly services: readonly Workload[];
  readonly #options: WorkloadsOptions;
  readonly #models = new Map<string, { pods: ModelPods; workload: Workload }>();
  #withModels: ReadonlySet<Route> = new Set();
  readonly #demands = new Map<string, Demand>();
  readonly #room: WaitingRoom;
  readonly #file: ModelPodsFile;
  #watching = false;

  /** @throws QuartetError INVALID_FIELD for a file of models that can't be used */
  constructor(options: WorkloadsOptions) {
    this.#options = options;
    const { routes, settings, log } = options;
    this.#room = new WaitingRoom(settings);
    this.services = routes.map((route) => this.#workload(route));
    this.#file = new ModelPodsFile({ name: settings.QUARTET_MODEL_PODS, log, onChange: (listed) => this.#replace(listed) });
  }

  /** The pods of single models. */
  get models(): Workload[] {
    return [...this.#models.values()].map(({ workload }) => workload);
  }

  get all(): Workload[] {
    return [...this.services, ...this.models];
  }

  /** Whether a model of this service has pods of its own. */
  hasModels(route: Route): boolean {
    return this.#withModels.has(route);
  }

  /** Where calls for a model go: to its own pods if it has some, else to the service given. */
  ofModel(model: string, service: Workload): Workload {
    const own = this.#models.get(model)?.workload;
    if (own?.route !== service.route) return service;
    if (own.hasPods || this.#options.settings.QUARTET_GATEWAY_MODEL_FALLBACK === 'none') return own;
    own.demand.noted();
    return service;
  }

  /** The family of a model with pods of its own. */
  familyOf(model: string): Family | undefined {
    return this.#models.get(model)?.workload.route.family;
  }

  /** Begins to follow everyone's health. */
  watch(): void {
    this.#watching = true;
    for (const workload of this.all) this.#watch(workload);
  }

  close(): void {
    this.#file.close();
    for (const workload of this.all) workload.close();
  }

  #workload(route: Route, pods?: ModelPods): Workload {
    const { settings } = this.#options;
    const key = `${route.name} ${pods?.model ?? ''}`;
    const demand = this.#demands.get(key) ?? new Demand(settings.QUARTET_SCALER_IDLE_MS);
    this.#demands.set(key, demand);
    return new Workload({ route, settings, demand, room: this.#room, pods });
  }

  #watch(workload: Workload): void {
    const report = (service: string, serving: boolean) => this.#options.report(workload, service, serving);
    for (const service of workload.services) report(service, false);
    workload.watch(report);
  }

  #replace(listed: readonly ModelPods[]): void {
    // All is looked at before anything changes: a bad file leaves what there was.
    const routes = listed.map(({ model, family }) => this.#route(model, family));
    const { log, forget } = this.#options;
    const before = new Map(this.#models);
    this.#models.clear();
    for (const [at, pods] of listed.entries()) {
      const known = before.get(pods.model);
      if (known && isSame(known.pods, pods)) {
        this.#models.set(pods.model, known);
        before.delete(pods.model);
        continue;
      }
      const workload = this.#workload(routes[at]!, pods);
      this.#models.set(pods.model, { pods, workload });
      log.info({ ...pods }, 'model with pods of its own');
      if (this.#watching) this.#watch(workload);
    }
    this.#withModels = new Set(routes);
    for (const [model, { workload }] of before) {
      workload.close(true);
      if (this.#models.has(model)) continue;
      log.info({ model }, 'model without pods of its own again');
      forget(workload);
    }
  }

  #route(model: string, family: string): Route {
    const families = this.#options.routes.filter((route) => route.family !== undefined);
    const route = families.find(({ name }) => name === family);
    if (route) return route;
    throw QuartetError.invalid('QUARTET_MODEL_PODS', `in the file, the family of model '${model}' is '${family}'; expected one of ${families.map(({ name }) => name).join(', ')}.`);
  }
}

const isSame = (a: ModelPods, b: ModelPods): boolean => a.family === b.family && a.address === b.address && a.serverName === b.serverName;
