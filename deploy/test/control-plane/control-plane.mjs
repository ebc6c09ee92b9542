// A real control plane on loopback, in the network namespace that the test runs in, so that nothing of it can be reached from
// outside: etcd, kube-apiserver, kube-scheduler, kube-controller-manager, and kwok in the place of kubelets.
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { Kubectl } from '../cluster/kubectl.mjs';
import { definitionsOf } from './build.mjs';
import { issue, kubeconfig, makeCredentials } from './credentials.mjs';
import { delayedReadiness, STAGES } from './kwok-stages.mjs';
import { binary } from './programs.mjs';

const API = 64430;
const ETCD = 23790;
const SERVER = `https://127.0.0.1:${API}`;
/** Stock stages of kwok: nodes become ready and stay so, pods run as soon as they are bound. */
const STOCK_STAGES = ['node/fast/node-initialize.yaml', 'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml', 'pod/fast/pod-ready.yaml'];
const READY_MS = 180_000;

export class ControlPlane {
  #folder = mkdtempSync(join(tmpdir(), 'quartet-control-plane-'));
  #processes = [];
  #kubeconfigs;
  #flags;
  kubectl;

  /** @param flags further ones, by the name of the program; what comes later counts. */
  static async start(flags = {}) {
    const plane = new ControlPlane();
    plane.#flags = flags;
    try {
      await plane.#start();
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  async #start() {
    this.#kubeconfigs = await makeCredentials(this.#folder, SERVER);
    this.kubectl = new Kubectl(this.#kubeconfigs.admin, this.access);
    this.spawn('etcd', [
      ...['--data-dir', this.at('etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', `http://127.0.0.1:${ETCD}`, '--advertise-client-urls', `http://127.0.0.1:${ETCD}`],
      ...['--listen-peer-urls', `http://127.0.0.1:${ETCD + 1}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${ETCD + 1}`, '--initial-cluster', `default=http://127.0.0.1:${ETCD + 1}`],
    ]);
    this.spawn('kube-apiserver', this.#apiServer());
    await this.until('the API server answers', async () => (await this.kubectl.api.call('/readyz')) === 'ok');
    this.spawn('kube-scheduler', [...this.#asUser('scheduler'), '--secure-port', String(API + 1), '--cert-dir', this.at('scheduler-certificates')]);
    this.spawn('kube-controller-manager', [
      ...this.#asUser('controllers'), '--secure-port', String(API + 2), '--cert-dir', this.at('controller-certificates'),
      '--use-service-account-credentials=true', '--service-account-private-key-file', this.at('sa.key'), '--root-ca-file', this.at('ca.crt'),
      '--horizontal-pod-autoscaler-sync-period=2s',
    ]);
    const stock = STOCK_STAGES.map((file) => join(definitionsOf('sigs.k8s.io/kwok'), file));
    const stages = [...STAGES, ...delayedReadiness(parse(readFileSync(stock.at(-1), 'utf8')))];
    writeFileSync(this.at('stages.yaml'), stages.map((stage) => JSON.stringify(stage)).join('\n---\n'));
    const configs = [...stock, this.at('stages.yaml')];
    this.spawn('kwok', [
      ...['--kubeconfig', this.#kubeconfigs.kwok, '--manage-nodes-with-annotation-selector', 'kwok.x-k8s.io/node=fake', '--node-lease-duration-seconds', '40'],
      ...['--node-ip', '127.0.0.1', '--cidr', '10.244.0.1/16', ...configs.flatMap((file) => ['--config', file])],
    ]);
    await this.until('controllers make service accounts', () => this.kubectl.find('serviceaccount', 'default', 'default'));
  }

  /** The API server's certificate, for what it asks over TLS. */
  get certificate() {
    return { key: readFileSync(this.at('api.key')), cert: readFileSync(this.at('api.crt')) };
  }

  /** What an administrator reaches the API with. */
  get access() {
    const { users } = JSON.parse(readFileSync(this.#kubeconfigs.admin, 'utf8'));
    return { server: SERVER, token: users[0].user.token, ca: readFileSync(this.at('ca.crt')) };
  }

  get processes() {
    return this.#processes.map(({ name, child }) => ({ name, pid: child.pid }));
  }

  #apiServer() {
    return [
      ...['--bind-address', '127.0.0.1', '--secure-port', String(API), '--advertise-address', '127.0.0.1', '--endpoint-reconciler-type', 'none'],
      ...['--etcd-servers', `http://127.0.0.1:${ETCD}`, '--service-cluster-ip-range', '10.96.0.0/16', '--authorization-mode', 'Node,RBAC', '--anonymous-auth=false'],
      ...['--token-auth-file', this.at('tokens.csv'), '--tls-cert-file', this.at('api.crt'), '--tls-private-key-file', this.at('api.key'), '--client-ca-file', this.at('ca.crt')],
      ...['--service-account-key-file', this.at('sa.key'), '--service-account-signing-key-file', this.at('sa.key'), '--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--requestheader-client-ca-file', this.at('front.crt'), '--requestheader-allowed-names', 'front-proxy-client', '--requestheader-extra-headers-prefix', 'X-Remote-Extra-'],
      ...['--requestheader-group-headers', 'X-Remote-Group', '--requestheader-username-headers', 'X-Remote-User'],
      ...['--proxy-client-cert-file', this.at('front.crt'), '--proxy-client-key-file', this.at('front.key'), '--enable-admission-plugins', 'NodeRestriction', '--profiling=false'],
      // An aggregated API is reached by its endpoints: no kube-proxy runs here.
      '--enable-aggregator-routing=true',
    ];
  }

  #asUser(user) {
    const file = this.#kubeconfigs[user];
    return ['--kubeconfig', file, '--authentication-kubeconfig', file, '--authorization-kubeconfig', file, '--leader-elect=false', '--bind-address', '127.0.0.1'];
  }

  /** A path in the folder that ends with this control plane. */
  at(name) {
    return join(this.#folder, name);
  }

  /** Starts one of the programs that were built, which ends with this control plane. */
  spawn(name, args, env = {}) {
    const log = openSync(this.at(`${name}.log`), 'a');
    const child = spawn(binary(name), [...args, ...(this.#flags[name] ?? [])], { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
    closeSync(log);
    this.#processes.unshift({ name, child });
    return child;
  }

  /** The last that a program wrote. */
  log(name) {
    return readFileSync(this.at(`${name}.log`), 'utf8').slice(-3000);
  }

  /** What a pod of this service account calls the API with. @returns the path of a kubeconfig. */
  async kubeconfigOf(namespace, account) {
    const token = await this.kubectl.run(['create', 'token', account, '-n', namespace, '--duration=1h']);
    return kubeconfig(this.at(`${account}.kubeconfig`), SERVER, this.at('ca.crt'), token.trim());
  }

  /** A folder with ca.crt, tls.crt and tls.key, as cert-manager's Secrets are mounted. @param names in DNS. */
  async certificateOf(name, names) {
    await issue(this.#folder, name, names[0], names.map((each) => `DNS:${each}`));
    const folder = this.at(`${name}-certificate`);
    mkdirSync(folder);
    for (const [from, to] of [['ca.crt', 'ca.crt'], [`${name}.crt`, 'tls.crt'], [`${name}.key`, 'tls.key']]) copyFileSync(this.at(from), join(folder, to));
    return folder;
  }

  /** Awaits that `probe` gives something; ends when a process that was started has. */
  async until(what, probe) {
    const until = Date.now() + READY_MS;
    for (;;) {
      const dead = this.#processes.find(({ child }) => !child.killed && (child.exitCode !== null || child.signalCode !== null));
      if (dead) throw new Error(`${dead.name} ended before ${what}:\n${this.log(dead.name)}`);
      if (await Promise.resolve(probe()).catch(() => false)) return;
      if (Date.now() > until) throw new Error(`waited ${READY_MS / 1000} s in vain until ${what}`);
      await sleep(300);
    }
  }

  /** Ends every process, the last started first, and removes what they wrote. */
  async stop() {
    this.kubectl?.close();
    for (const { child } of this.#processes.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(limit);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
