// KEDA as its own manifests install it, but for the pods: its operator and its metrics server run here, with their service account's
// rights, at addresses that their Services resolve to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestsOf } from '../control-plane/build.mjs';
import { KEDA } from '../control-plane/versions.mjs';
import { endpointsOf } from './endpoints.mjs';
import { has } from './world.mjs';

const MANIFESTS = ['general/namespace.yaml', 'service_account/service_account.yaml', 'rbac/role.yaml', 'rbac/role_binding.yaml', 'manager/service.yaml', ...['role', 'role_binding', 'service'].map((name) => `metrics-server/${name}.yaml`)];
const OPERATOR = 'keda-operator.keda.svc.cluster.local';
const METRICS_SERVER = 'keda-metrics-apiserver.keda.svc';
const API = 'v1beta1.external.metrics.k8s.io';
/** Of those that Kubernetes' pods have for themselves, and these share. */
const [METRICS_PORT, PROBE_PORT, ADAPTER_METRICS_PORT] = [64450, 64451, 64452];

/** @param plane the control plane @param names by which KEDA's parts find each other */
export async function startKeda(plane, names) {
  const { kubectl } = plane;
  for (const file of MANIFESTS) await kubectl.run(['apply', '-f', join(manifestsOf(KEDA), file)]);
  const kubeconfig = await plane.kubeconfigOf('keda', 'keda-operator');
  const certificates = await plane.certificateOf('keda', [OPERATOR, METRICS_SERVER]);
  // A pod has the last from a file of its service account.
  const env = { KUBECONFIG: kubeconfig, POD_NAMESPACE: 'keda', WATCH_NAMESPACE: '', KEDA_CLUSTER_OBJECT_NAMESPACE: 'keda' };
  const [operator, metricsServer] = [await names.address(), await names.address()];
  names.resolve([OPERATOR], operator);
  plane.spawn('keda', [
    ...['--zap-log-level=info', '--zap-encoder=console', '--cert-dir', certificates, '--metrics-bind-address', `${operator}:${METRICS_PORT}`],
    ...['--health-probe-bind-address', `${operator}:${PROBE_PORT}`, '--metrics-service-bind-address', `${operator}:9666`],
  ], env);
  plane.spawn('keda-adapter', [
    ...['--bind-address', metricsServer, '--secure-port=6443', '--port', String(ADAPTER_METRICS_PORT), '--zap-log-level=error', '--cert-dir', certificates],
    ...['--client-ca-file', join(certificates, 'ca.crt'), '--tls-cert-file', join(certificates, 'tls.crt'), '--tls-private-key-file', join(certificates, 'tls.key')],
    ...['--authentication-kubeconfig', kubeconfig, '--authorization-kubeconfig', kubeconfig, '--lister-kubeconfig', kubeconfig],
  ], env);
  const registration = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: API },
    spec: { group: 'external.metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100, caBundle: readFileSync(join(certificates, 'ca.crt')).toString('base64'), service: { name: 'keda-metrics-apiserver', namespace: 'keda' } },
  };
  await kubectl.apply([endpointsOf('keda', 'keda-metrics-apiserver', metricsServer, { https: 6443 }), registration]);
  await plane.until('the API server has reached KEDA', async () => has('Available')(await kubectl.find('apiservice', API)));
}
