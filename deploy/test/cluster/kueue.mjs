// Kueue as its own manifests install it, but for the pod: its controller manager runs here, with its service account's rights and
// all its webhooks, at the address that their Service resolves to.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { manifestsOf } from '../control-plane/build.mjs';
import { KUEUE } from '../control-plane/versions.mjs';
import { endpointsOf } from './endpoints.mjs';
import { parse } from './manifests.mjs';

const NAMESPACE = 'kueue-system';
const [WEBHOOK_PORT, PROBE_PORT, METRICS_PORT] = [9443, 64460, 64461];
/** Shows who waits for what, and keeps its certificate in a folder of the root that can't be another one. */
const isVisibility = ({ kind, metadata }) => kind === 'APIService' && metadata.name.includes('visibility');

/** @param plane the control plane @param names which give it an address */
export async function startKueue(plane, names) {
  const { kubectl } = plane;
  const objects = parse(await kubectl.run(['kustomize', join(manifestsOf(KUEUE), 'default')]));
  const installed = objects.filter((object) => object.kind !== 'Deployment' && !isVisibility(object));
  const apply = (some) => kubectl.run(['apply', '--server-side', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: some }));
  const isWebhook = ({ kind }) => kind.endsWith('WebhookConfiguration');
  await apply(installed.filter((object) => !isWebhook(object)));
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', 'customresourcedefinitions', '--all']);
  const address = await names.address();
  await kubectl.apply([endpointsOf(NAMESPACE, 'kueue-webhook-service', address, { '': WEBHOOK_PORT })]);
  await apply(installed.filter(isWebhook));

  const certificates = plane.at('kueue-certificates');
  mkdirSync(certificates);
  const { data } = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'kueue-manager-config');
  const config = {
    ...parseYaml(data['controller_manager_config.yaml']),
    health: { healthProbeBindAddress: `${address}:${PROBE_PORT}` },
    metrics: { bindAddress: `${address}:${METRICS_PORT}` },
    webhook: { host: address, port: WEBHOOK_PORT, certDir: certificates },
    leaderElection: { leaderElect: false },
    featureGates: { VisibilityOnDemand: false },
  };
  writeFileSync(plane.at('kueue.json'), JSON.stringify(config));
  plane.spawn('kueue', ['--config', plane.at('kueue.json')], { KUBECONFIG: await plane.kubeconfigOf(NAMESPACE, 'kueue-controller-manager') });
  // Kueue makes its certificates itself, and waits until a kubelet has put them into its folder.
  await plane.until('Kueue has made its certificates', () => mountSecret(kubectl, certificates));
  await plane.until("the API server has Kueue's word on a Job", () => kubectl.run(['create', 'job', 'probe', '--image=probe', '--dry-run=server']));
}

async function mountSecret(kubectl, folder) {
  const secret = await kubectl.find('secret', 'kueue-webhook-server-cert', NAMESPACE);
  if (!secret?.data?.['tls.crt']) return false;
  for (const [file, content] of Object.entries(secret.data)) writeFileSync(join(folder, file), Buffer.from(content, 'base64'));
  return true;
}
