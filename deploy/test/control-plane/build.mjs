// Builds a real Kubernetes control plane from its Go modules into the cache, once for all clones: etcd, kube-apiserver,
// kube-scheduler, kube-controller-manager, kubectl and kwok (the kubelet of nodes that don't exist). Cold, this takes 8 to 16
// minutes on two cores; docs/decisions/0108-real-control-plane.md says why it is worth it. Operators: operators.mjs.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from '../../../tools/setup/command.mjs';
import { cacheFolder } from '../../../tools/setup/paths.mjs';
import { goCommand, REMEDY } from './go.mjs';
import { ETCD, KEDA, KUBERNETES, KUBE_SCORE, KUEUE, KUSTOMIZE, KWOK, PROMETHEUS, RESOURCE_DEFINITIONS } from './versions.mjs';

export const home = join(cacheFolder(), 'control-plane');
const OF_OPERATORS = { keda: KEDA.version, 'keda-adapter': KEDA.version, prometheus: PROMETHEUS.version, kueue: KUEUE.version };
const VERSIONS = { etcd: ETCD, kwok: KWOK, kustomize: KUSTOMIZE, 'kube-score': KUBE_SCORE, ...OF_OPERATORS };
/** Where a program is, or will be. */
export const binary = (name) => join(home, 'bin', `${name}-${VERSIONS[name] ?? `v${KUBERNETES}`}`);
const CONTROL_PLANE = ['kube-apiserver', 'kube-scheduler', 'kube-controller-manager', 'kubectl'];

/** Builds what is missing. @param report of tools/setup/report.mjs */
export async function buildControlPlane(report) {
  mkdirSync(join(home, 'bin'), { recursive: true });
  await build(report, 'etcd', 'go.etcd.io/etcd/server/v3', etcdModule);
  for (const name of CONTROL_PLANE) await build(report, name, `k8s.io/kubernetes/cmd/${name}`, kubernetesModule, versionFlags());
  await build(report, 'kwok', 'sigs.k8s.io/kwok/cmd/kwok', (folder, go) => simpleModule(folder, go, 'sigs.k8s.io/kwok', KWOK));
  await build(report, 'kube-score', 'github.com/zegl/kube-score/cmd/kube-score', (folder, go) => simpleModule(folder, go, 'github.com/zegl/kube-score', KUBE_SCORE));
  await fetchDefinitions(report);
}

/** What renders overlays: kubectl where the control plane is built, else Kustomize alone, which builds in a minute. */
export async function buildRenderer(report) {
  if (existsSync(binary('kubectl'))) return [binary('kubectl'), 'kustomize'];
  mkdirSync(join(home, 'bin'), { recursive: true });
  await build(report, 'kustomize', 'sigs.k8s.io/kustomize/kustomize/v5', (folder, go) => simpleModule(folder, go, 'sigs.k8s.io/kustomize/kustomize/v5', KUSTOMIZE));
  return [binary('kustomize'), 'build'];
}

async function build(report, name, source, prepare, flags = '') {
  if (existsSync(binary(name))) return;
  const folder = join(home, 'modules', `${source.replaceAll('/', '_')}.${process.pid}`);
  const go = async (args) => runQuietly(await goCommand(), args, { cwd: folder, env: environment(), remedy: REMEDY });
  await report.during(`building ${name} from its Go module`, async () => {
    mkdirSync(folder, { recursive: true });
    await prepare(folder, go);
    const partial = `${binary(name)}.${process.pid}`;
    await go(['build', '-trimpath', '-tags', 'nolegacyproviders,providerless', '-ldflags', `-s -w ${flags}`, '-o', partial, source]);
    renameSync(partial, binary(name));
    rmSync(folder, { recursive: true });
  });
}

/** @returns what Go says of a module that it has fetched: `Dir`, where it lies. */
export async function download(module, version) {
  return JSON.parse(await runQuietly(await goCommand(), ['mod', 'download', '-json', `${module}@${version}`], { cwd: home, env: environment(), remedy: REMEDY }));
}

/** A toolchain that a module wants comes through Go's own module client. */
export const environment = () => ({ CGO_ENABLED: '0', GOFLAGS: '-p=2 -buildvcs=false -mod=mod', GOTOOLCHAIN: 'auto' });

// `go install module@version` is refused where go.mod has replace lines, which etcd's and Kubernetes' have: a module of ours that
// requires them isn't.
async function etcdModule(folder, go) {
  await simpleModule(folder, go, 'go.etcd.io/etcd/server/v3', ETCD);
}

async function simpleModule(folder, go, module, version) {
  writeFileSync(join(folder, 'go.mod'), 'module quartet.test/control-plane\n\ngo 1.24.0\n');
  await go(['get', `${module}@${version}`]);
}

/** Kubernetes' staging folders are published as modules of their own, v0.x for 1.x. */
async function kubernetesModule(folder) {
  const { Dir } = await download('k8s.io/kubernetes', `v${KUBERNETES}`);
  const staged = [...readFileSync(join(Dir, 'go.mod'), 'utf8').matchAll(/^\s*(k8s\.io\/[a-z0-9-]+) => \.\/staging/gm)].map((match) => match[1]);
  const version = KUBERNETES.replace(/^1\./, 'v0.');
  const replaced = staged.map((name) => `\t${name} => ${name} ${version}`).join('\n');
  writeFileSync(
    join(folder, 'go.mod'),
    `module quartet.test/control-plane\n\ngo 1.24.0\n\ngodebug default=go1.24\n\nrequire k8s.io/kubernetes v${KUBERNETES}\n\nreplace (\n${replaced}\n)\n`,
  );
}

/** Without it the API server calls itself v0.0.0 and clients refuse it. */
function versionFlags() {
  const [major, minor] = KUBERNETES.split('.');
  const set = { gitVersion: `v${KUBERNETES}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(set).flatMap(([name, value]) => ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map((p) => `-X ${p}.${name}=${value}`)).join(' ');
}

/** What the tests, which have no network, read of modules: definitions of custom resources, kwok's stages, and how operators are installed. */
const SOURCES = [
  ...[...RESOURCE_DEFINITIONS, { module: 'sigs.k8s.io/kwok', version: KWOK, folder: 'kustomize/stage' }].map((source) => ({ ...source, kind: 'definitions' })),
  ...[KEDA, KUEUE].map((source) => ({ ...source, folder: 'config', kind: 'manifests' })),
];

async function fetchDefinitions(report) {
  const missing = SOURCES.filter((source) => !existsSync(copyOf(source)));
  if (missing.length === 0) return;
  await report.during('custom resources from their Go modules', async () => {
    for (const source of missing) {
      const { Dir } = await download(source.module, source.version);
      // A copy: Go's module cache is cleaned now and then.
      const partial = `${copyOf(source)}.${process.pid}`;
      cpSync(join(Dir, source.folder), partial, { recursive: true, force: true, filter: (file) => !/testdata|\.go$|\.md$/.test(file) });
      renameSync(partial, copyOf(source));
    }
  });
}

const copyOf = ({ kind, module, version }) => join(home, kind, `${module.replaceAll('/', '_')}@${version}`);
const find = (kind, module) => copyOf(SOURCES.find((source) => source.kind === kind && source.module === module));
/** Where a module's definitions lie. */
export const definitionsOf = (module) => find('definitions', module);
/** The folder `config` of an operator's module, by which it is installed. */
export const manifestsOf = ({ module }) => find('manifests', module);
