// Stands for Prometheus and its adapter: serves the custom metrics API with the values that a test gives.
import { createServer } from 'node:https';

/** An address of the namespace's own loopback: endpoints may not be 127.0.0.0/8. */
export const ADAPTER_ADDRESS = '10.200.0.1';
const PORT = 64440;
const GROUP = 'custom.metrics.k8s.io';

/** Makes the API server hand the metrics API on to the adapter. */
const REGISTRATION = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'metrics-adapter', namespace: 'default' }, spec: { ports: [{ port: 443, targetPort: PORT }] } },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'metrics-adapter-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'metrics-adapter' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ADAPTER_ADDRESS], conditions: { ready: true } }],
    ports: [{ port: PORT, protocol: 'TCP' }],
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1beta2.${GROUP}` },
    spec: { group: GROUP, version: 'v1beta2', groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: { name: 'metrics-adapter', namespace: 'default', port: 443 } },
  },
];

export class MetricsAdapter {
  /** Of each metric, for every pod that is asked for. */
  values = new Map();
  #server;
  #kubectl;

  /** @param certificate of the control plane: `{ key, cert }` */
  static async start(kubectl, certificate) {
    const adapter = new MetricsAdapter();
    adapter.#kubectl = kubectl;
    adapter.#server = createServer(certificate, (request, response) => {
      void adapter.#answer(new URL(request.url, 'https://adapter')).then((body) => {
        response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
      });
    });
    await new Promise((resolve) => adapter.#server.listen(PORT, ADAPTER_ADDRESS, resolve));
    await kubectl.apply(REGISTRATION);
    await kubectl.run(['wait', '--for=condition=Available', '--timeout=180s', `apiservice/v1beta2.${GROUP}`]);
    return adapter;
  }

  async #answer({ pathname, searchParams }) {
    if (pathname === `/apis/${GROUP}/v1beta2`) return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${GROUP}/v1beta2`, resources: [...this.values.keys()].map((name) => ({ name: `pods/${name}`, singularName: '', namespaced: true, kind: 'MetricValueList', verbs: ['get'] })) };
    const [, namespace, name] = /\/namespaces\/([^/]+)\/pods\/(?:\*|%2A)\/([^/]+)$/.exec(pathname) ?? [];
    if (!name || !this.values.has(name)) return undefined;
    const pods = await this.#kubectl.list('pods', { namespace, selector: searchParams.get('labelSelector') ?? '' });
    const items = pods.map(({ metadata }) => ({
      describedObject: { kind: 'Pod', namespace, name: metadata.name, apiVersion: 'v1' },
      metric: { name },
      timestamp: new Date().toISOString(),
      value: String(this.values.get(name)),
    }));
    return { kind: 'MetricValueList', apiVersion: `${GROUP}/v1beta2`, metadata: {}, items };
  }

  async stop() {
    await this.#kubectl.run(['delete', 'apiservice', `v1beta2.${GROUP}`]);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
