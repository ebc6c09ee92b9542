// What the control plane of the tests is made of. Every version is pinned; go.sum's checks come from Go's own client.
/** What etcd and kwok want; an older Go of the machine fetches it. */
export const GO = '1.26.8';
export const KUBERNETES = '1.34.4';
export const ETCD = 'v3.6.16';
export const KWOK = 'v0.8.0';
/** The one that kubectl of KUBERNETES holds, for tests without a control plane. */
export const KUSTOMIZE = 'v5.7.1';
/** Operators that the overlays rely on. */
export const KEDA = { module: 'github.com/kedacore/keda/v2', version: 'v2.21.0' };
export const KUEUE = { module: 'sigs.k8s.io/kueue', version: 'v0.17.0' };
/** Debian's release whose Prometheus is taken, the newest of its archive. */
export const PROMETHEUS = 'bookworm';
/** Modules whose custom resources the overlays use, with the folder of their definitions. */
export const RESOURCE_DEFINITIONS = [
  { module: 'sigs.k8s.io/gateway-api', version: 'v1.4.1', folder: 'config/crd/standard' },
  { module: 'github.com/cert-manager/cert-manager', version: 'v1.21.2', folder: 'deploy/crds' },
  { ...KEDA, folder: 'config/crd/bases' },
  { ...KUEUE, folder: 'config/components/crd/bases' },
  { module: 'github.com/prometheus-operator/prometheus-operator', version: 'v0.85.0', folder: 'example/prometheus-operator-crd' },
];
/** Static checks of manifests. */
export const KUBE_SCORE = 'v1.20.0';
