// Nodes that kwok pretends to run.

const node = (name, { zone = 'a', resources = {}, labels = {}, tainted = false }) => {
  const capacity = { cpu: '64', memory: '512Gi', 'ephemeral-storage': '1Ti', pods: '110', ...resources };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'topology.kubernetes.io/zone': zone, ...labels },
    },
    spec: tainted ? { taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }] } : {},
    status: { allocatable: capacity, capacity },
  };
};

export const plainNode = (name, zone) => node(name, { zone });

/** As NVIDIA's operator labels them. `resources` is what its device plugin offers: `{ 'nvidia.com/gpu': '1' }`. */
export const gpuNode = (name, resources, { labels = {}, zone } = {}) =>
  node(name, { zone, resources, tainted: true, labels: { 'nvidia.com/gpu.present': 'true', 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', ...labels } });

/** Has GPUs and the taint, but not the label by which an operator says that they may be used. */
export const unlabelledGpuNode = (name, resources) => node(name, { resources, tainted: true });

/** A node whose GPUs are claimed, and what NVIDIA's DRA driver publishes of it. */
export const claimedGpuNode = (name, gpus, memory = '80Gi') => [
  node(name, { tainted: true, labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' } }),
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    metadata: { name: `${name}-gpus` },
    spec: {
      driver: 'gpu.nvidia.com',
      nodeName: name,
      pool: { name, generation: 1, resourceSliceCount: 1 },
      devices: Array.from({ length: gpus }, (_, i) => ({ name: `gpu-${i}`, capacity: { memory: { value: memory } } })),
    },
  },
];

/** The class that NVIDIA's DRA driver installs. */
export const GPU_CLASS = {
  apiVersion: 'resource.k8s.io/v1',
  kind: 'DeviceClass',
  metadata: { name: 'gpu.nvidia.com' },
  spec: { selectors: [{ cel: { expression: "device.driver == 'gpu.nvidia.com'" } }] },
};

/** Volumes for the claims of `local-state`; a provisioner makes them elsewhere. */
export const VOLUMES = [
  ['quartet-test-registry', 'ReadWriteOnce', '20Gi'],
  ['quartet-test-blobs', 'ReadWriteMany', '200Gi'],
].map(([name, mode, storage]) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { accessModes: [mode], capacity: { storage }, hostPath: { path: `/mnt/${name}` }, persistentVolumeReclaimPolicy: 'Retain' },
}));
