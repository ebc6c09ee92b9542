import { mkdirSync, writeFileSync } from 'node:fs';
import { podOf } from './manifests.mjs';

/** Where KEDA's triggers look for it: Prometheus operator's Service. */
const NAME = 'prometheus-operated.monitoring.svc';
const [PORT, INTERVAL] = [9090, '1s'];

/**
 * Prometheus, which scrapes the services that the overlay's PodMonitor picks, at the ports and with the labels that it says, though more often.
 * @param objects of the overlay
 * @returns its process
 */
export async function startPrometheus(plane, names, kubelet, objects) {
  const { selector, podMetricsEndpoints } = objects.find(({ kind }) => kind === 'PodMonitor').spec;
  const [{ port, relabelings }] = podMetricsEndpoints;
  const isPicked = (object) => Object.entries(selector.matchLabels).every(([name, value]) => podOf(object).metadata.labels[name] === value);
  const targets = objects.filter((object) => object.kind === 'Deployment' && isPicked(object)).map((object) => ({ labels: podOf(object).metadata.labels, ports: podOf(object).spec.containers[0].ports }));
  const scrapes = await Promise.all(
    targets.map(async ({ labels, ports }) => {
      const address = await kubelet.addressOf(labels['app.kubernetes.io/component']);
      const discovered = Object.entries(labels).map(([name, value]) => [`__meta_kubernetes_pod_label_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`, value]);
      return { targets: [`${address}:${ports.find(({ name }) => name === port).containerPort}`], labels: { namespace: 'quartet', ...Object.fromEntries(discovered) } };
    }),
  );
  // As the operator writes them: the same names in snake case.
  const relabel = relabelings.map(({ sourceLabels, targetLabel }) => ({ source_labels: sourceLabels, target_label: targetLabel }));
  const config = { global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL }, scrape_configs: [{ job_name: 'quartet', relabel_configs: relabel, static_configs: scrapes }] };
  const folder = plane.at('prometheus');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/prometheus.yml`, JSON.stringify(config));
  const address = await names.address();
  names.resolve([NAME], address);
  const child = plane.spawn('prometheus', ['--config.file', `${folder}/prometheus.yml`, '--storage.tsdb.path', `${folder}/data`, '--web.listen-address', `${address}:${PORT}`]);
  await plane.until('Prometheus is ready', async () => (await fetch(`http://${address}:${PORT}/-/ready`)).ok);
  return child;
}
