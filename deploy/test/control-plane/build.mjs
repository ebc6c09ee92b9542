// Builds a real Kubernetes control plane from its Go modules into the cache, once for all clones: etcd, kube-apiserver,
// kube-scheduler, kube-controller-manager, kubectl and kwok (the kubelet of nodes that don't exist). Cold, this takes ten
// minutes or so on two cores; docs/decisions/0108-real-control-plane.md says why it is worth it. Operators: operators.mjs.
import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, buildPrograms, download, home, UNOPTIMIZED } from './programs.mjs';
import { ETCD, KEDA, KUBERNETES, KUBE_SCORE, KUEUE, KUSTOMIZE, KWOK, RESOURCE_DEFINITIONS } from './versions.mjs';

const CONTROL_PLANE = ['kube-apiserver', 'kube-scheduler', 'kube-controller-manager', 'kubectl'];
/** Without code for clouds. */
const TAGS = 'nolegacyproviders,providerless';

/** Builds what is missing. @param report of tools/setup/report.mjs */
export async function buildControlPlane(report) {
  await buildModule(report, 'etcd', 'go.etcd.io/etcd/server/v3', ETCD);
  const sources = Object.fromEntries(CONTROL_PLANE.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`]));
  await buildPrograms(report, { sources, prepare: kubernetesModule, tags: TAGS, link: versionFlags() });
  await buildModule(report, 'kwok', 'sigs.k8s.io/kwok', KWOK, { command: 'cmd/kwok' });
  await fetchDefinitions(report);
}

export const buildKubeScore = (report) => buildModule(report, 'kube-score', 'github.com/zegl/kube-score', KUBE_SCORE, { command: 'cmd/kube-score', compile: UNOPTIMIZED });

/** What renders overlays: kubectl where the control plane is built, else Kustomize alone, which builds in a minute. */
export async function buildRenderer(report) {
  if (existsSync(binary('kubectl'))) return [binary('kubectl'), 'kustomize'];
  await buildModule(report, 'kustomize', 'sigs.k8s.io/kustomize/kustomize/v5', KUSTOMIZE);
  return [binary('kustomize'), 'build'];
}

/**
 * A program of a module that has no replace lines, or, as etcd's, builds without them. `go install module@version` is refused where go.mod has some:
 * a module of ours that requires it isn't.
 * @param command its package, where that isn't the module's own @param compile as of buildPrograms
 */
function buildModule(report, name, module, version, { command, compile } = {}) {
  const prepare = async (folder, go) => {
    writeFileSync(join(folder, 'go.mod'), 'module quartet.test/control-plane\n\ngo 1.24.0\n');
    await go(['get', `${module}@${version}`]);
  };
  return buildPrograms(report, { sources: { [name]: command ? `${module}/${command}` : module }, prepare, tags: TAGS, compile });
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
/** Where that of one custom resource lies. @param name `certificates.cert-manager.io` */
export function definitionOf(name) {
  const [, plural, group] = /^([^.]+)\.(.+)$/.exec(name);
  const paths = RESOURCE_DEFINITIONS.map(({ module }) => join(definitionsOf(module), `${group}_${plural}.yaml`));
  const found = paths.find((path) => existsSync(path));
  if (!found) throw new Error(`no module of versions.mjs defines ${name}; looked for ${paths.join(', ')}`);
  return found;
}
/** The folder `config` of an operator's module, by which it is installed. */
export const manifestsOf = ({ module }) => find('manifests', module);
