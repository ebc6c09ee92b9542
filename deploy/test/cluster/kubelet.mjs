import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot, node24 } from '../../../tools/setup/paths.mjs';
import { Process } from './process.mjs';

/** A setting that names a volume's folder gets another one here; all pods share the blobs. */
const HOME = 'QUARTET_HOME';
const CACHE = 'QUARTET_CACHE';
const BLOBS = 'QUARTET_BLOB_URL';

/**
 * Runs what kwok only says that it runs: the one container of a pod, as a process of this machine with the pod's own arguments and
 * environment, at an address of its own by which the pod's Service is resolved.
 */
export class Kubelet {
  #kubectl;
  #names;
  #addresses = new Map();
  #running = new Map();
  #folder = mkdtempSync(join(tmpdir(), 'quartet-pods-'));

  constructor(kubectl, names) {
    this.#kubectl = kubectl;
    this.#names = names;
  }

  /** The address of a workload's pod, by its component. */
  async addressOf(component) {
    if (!this.#addresses.has(component)) this.#addresses.set(component, await this.#names.address());
    return this.#addresses.get(component);
  }

  /** Starts a service's pod, and awaits that it listens. */
  async serve(pod) {
    const component = pod.metadata.labels['app.kubernetes.io/component'];
    const process = await this.#start(pod);
    this.#running.set(component, process);
    await process.line(/"msg":"listening"/);
    this.#names.resolve(namesOf(component), await this.addressOf(component));
  }

  /** Ends it as a kubelet does, by SIGTERM. */
  async end(component) {
    const process = this.#running.get(component);
    this.#running.delete(component);
    this.#names.resolve(namesOf(component));
    await process?.stop();
  }

  /** Runs a Job's pod to its end. @returns its exit code, and what it wrote. */
  async complete(pod) {
    const process = await this.#start(pod, { QUARTET_METRICS_PORT: '0' });
    return { code: await process.exit(), text: process.lines.join('\n') };
  }

  async #start(pod, changes = {}) {
    const [{ args }] = pod.spec.containers;
    const home = join(this.#folder, pod.metadata.name);
    mkdirSync(join(this.#folder, 'blobs'), { recursive: true });
    mkdirSync(home, { recursive: true });
    const volumes = { [HOME]: home, [CACHE]: join(home, 'cache'), [BLOBS]: `file://${join(this.#folder, 'blobs')}` };
    const address = await this.addressOf(pod.metadata.labels['app.kubernetes.io/component']);
    const declared = await this.#environment(pod);
    const env = { PATH: process.env.PATH, ...declared, ...volumes, QUARTET_HOST: address, ...changes };
    const [role, family] = args.map((arg) => arg.replace(/\$\((\w+)\)/g, (_, name) => declared[name]));
    return new Process(node24, role === 'train' ? [inRoot('libs/service-kit/dist/family/training-process.js'), inRoot(`services/${family}/dist/trainer.js`)] : [inRoot(`services/${role}/dist/main.js`)], { env });
  }

  /** The variables of the pod's container, wherever its manifest takes them from. */
  async #environment({ metadata, spec }) {
    const [{ env = [], envFrom = [], resources }] = spec.containers;
    const maps = await Promise.all(envFrom.map(({ configMapRef }) => this.#kubectl.find('configmap', configMapRef.name)));
    const named = env.map(({ name, value, valueFrom }) => {
      if (value !== undefined) return [name, value];
      const [, label] = /^metadata\.labels\['(.+)'\]$/.exec(valueFrom.fieldRef?.fieldPath ?? '') ?? [];
      if (label) return [name, metadata.labels[label]];
      const [, limit] = /^limits\.(\w+)$/.exec(valueFrom.resourceFieldRef?.resource ?? '') ?? [];
      if (limit) return [name, resources.limits[limit]];
      throw new Error(`the value of ${name} comes from what isn't known here: ${JSON.stringify(valueFrom)}`);
    });
    return { ...Object.assign({}, ...maps.map(({ data }) => data)), ...Object.fromEntries(named) };
  }

  async stop() {
    for (const component of [...this.#running.keys()]) await this.end(component);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As pods of the same namespace call a Service, and as others do. */
const namesOf = (component) => [component, `${component}.quartet.svc`];
