import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary } from '../control-plane/programs.mjs';
import { Api } from './api.mjs';

/** No test asserts how long something takes; this only ends a wait for what never comes. */
const LONGEST_WAIT_MS = 180_000;

export class KubectlError extends Error {}

/** The cluster, by kubectl; what is only read, which waits do again and again, without a process for each time. */
export class Kubectl {
  #env;
  api;

  /** @param access of ControlPlane, of the same administrator */
  constructor(kubeconfig, access) {
    this.#env = { ...process.env, KUBECONFIG: kubeconfig };
    this.api = new Api(access);
  }

  /** @returns standard output. @throws KubectlError with standard error. */
  run(args, input) {
    return new Promise((resolve, reject) => {
      const child = spawn(binary('kubectl'), args, { env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
      child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(out) : reject(new KubectlError(err.trim() || out.trim()))));
      child.stdin.end(input ?? '');
    });
  }

  /** @param objects of the API; `flags` as `--dry-run=server`. */
  apply(objects, ...flags) {
    return this.run(['apply', ...flags, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  }

  /** One object, or undefined when there is none. */
  async find(kind, name, namespace = 'quartet') {
    try {
      return JSON.parse(await this.api.call(`${await this.api.pathOf(kind, namespace)}/${name}`));
    } catch (error) {
      if (error.code === 404) return undefined;
      throw error;
    }
  }

  async list(kind, { selector = '', namespace = 'quartet' } = {}) {
    return JSON.parse(await this.api.call(`${await this.api.pathOf(kind, namespace)}?labelSelector=${encodeURIComponent(selector)}`)).items;
  }

  async scale(name, replicas) {
    await this.api.call(`${await this.api.pathOf('deployment', 'quartet')}/${name}/scale`, { method: 'PATCH', type: 'application/merge-patch+json', body: JSON.stringify({ spec: { replicas } }) });
  }

  /** Deletes one object, if there is one, and awaits that it is gone. */
  async remove(kind, name) {
    const path = `${await this.api.pathOf(kind, 'quartet')}/${name}`;
    await this.api.call(path, { method: 'DELETE' }).catch((error) => {
      if (error.code !== 404) throw error;
    });
    await this.until(`${kind} ${name} is gone`, async () => !(await this.find(kind, name)));
  }

  /** Deletes all objects of these kinds, and awaits that they and what belongs to them are gone. @param describe as of `until` */
  async clear(kinds, describe) {
    const paths = await Promise.all(kinds.map((kind) => this.api.pathOf(kind, 'quartet')));
    await Promise.all(paths.map((path) => this.api.call(`${path}?propagationPolicy=Foreground`, { method: 'DELETE' })));
    await this.until(`no ${kinds.join(', ')} are left`, async () => (await Promise.all(kinds.map((kind) => this.list(kind)))).every(({ length }) => length === 0), describe);
  }

  /** Awaits `probe` until it gives a value; what it throws ends the wait. `describe` says what was seen last. */
  async until(what, probe, describe = () => '') {
    const until = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      const value = await probe();
      if (value) return value;
      if (Date.now() > until) throw new Error(`waited ${LONGEST_WAIT_MS / 1000} s in vain until ${what}; ${await describe()}`);
      await sleep(300);
    }
  }

  close() {
    this.api.close();
  }
}
