/** Makes the API server reach a Service here: no pod that its selector picks runs. @param ports by their names in the Service */
export const endpointsOf = (namespace, service, address, ports) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-here`, namespace, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
  ports: Object.entries(ports).map(([name, port]) => ({ name, port, protocol: 'TCP' })),
});
