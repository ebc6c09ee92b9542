// Each overlay on a real control plane. Run by main.mjs, in a network namespace of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inRoot, node24 } from '../../tools/setup/paths.mjs';
import { runQuietly } from '../../tools/setup/command.mjs';
import { familiesOnGpuNodes, controlOnPlainNodes, rolloutOnFullPool, waitsBeyondCapacity } from './checks/placement.mjs';
import { lastPodStays, oneOfTwoMayGo } from './checks/disruption.mjs';
import { servingGoesFirst } from './checks/training.mjs';
import { noAccess, rootIsRefused } from './checks/access.mjs';
import { claimedGpuNode, gpuNode, GPU_CLASS, plainNode } from './cluster/nodes.mjs';
import { FAMILIES, render, renderChanged } from './cluster/manifests.mjs';
import { MetricsAdapter } from './cluster/metrics-adapter.mjs';
import { World } from './cluster/world.mjs';
import { definitionOf } from './control-plane/build.mjs';
import { ControlPlane } from './control-plane/control-plane.mjs';

/** Those that the overlays have objects of, and Kueue's. */
const CUSTOM_RESOURCES = [
  ...['certificates', 'issuers'].map((name) => `${name}.cert-manager.io`),
  ...['backendtlspolicies', 'grpcroutes'].map((name) => `${name}.gateway.networking.k8s.io`),
  ...['scaledjobs', 'scaledobjects', 'triggerauthentications'].map((name) => `${name}.keda.sh`),
  ...['clusterqueues', 'localqueues', 'resourceflavors', 'workloadpriorityclasses'].map((name) => `${name}.kueue.x-k8s.io`),
  ...['podmonitors', 'prometheusrules'].map((name) => `${name}.monitoring.coreos.com`),
];

const ONE_GPU = { 'nvidia.com/gpu': '1' };
const fourGpuNodes = () => FAMILIES.map((_, i) => gpuNode(`gpu-${i}`, ONE_GPU));

let plane;
let world;
before(async () => {
  plane = await ControlPlane.start();
  world = new World(plane.kubectl);
  await world.installDefinitions(CUSTOM_RESOURCES.map(definitionOf));
});
after(() => plane?.stop());

/** The tests of an overlay build on each other: the cluster is made once for them. */
function overlay(name, nodes, tests, objects = () => render(name)) {
  describe(`overlay ${name}`, () => {
    test('the API server takes every object, without a warning', async () => {
      await world.reset(...nodes());
      await world.install(await objects());
    });
    for (const [title, check] of Object.entries(tests)) test(title, check);
  });
}

overlay('cpu', () => [plainNode('plain-0'), plainNode('plain-1'), gpuNode('gpu-0', ONE_GPU)], {
  'runs everything on plain nodes': async () => {
    await controlOnPlainNodes(world);
    for (const family of FAMILIES) {
      const [node] = await world.nodesOf(await world.running(family, 1, 'serve'));
      assert.match(node.metadata.name, /^plain-/);
    }
  },
  'no pod may call the API': () => noAccess(world),
  'a pod that is root is refused': () => rootIsRefused(world),
  'a drain leaves the last pod of each workload': async () => {
    for (const component of ['gateway', 'registry', 'cnn']) await lastPodStays(world, component, component === 'cnn' ? 'serve' : undefined);
  },
  'the registry has its volumes': async () => {
    const claims = await world.kubectl.list('persistentvolumeclaims');
    assert.deepEqual(claims.map(({ status }) => status.phase), ['Bound', 'Bound']);
  },
});

overlay('gpu', () => [plainNode('plain-0'), ...fourGpuNodes()], {
  'each family on a GPU of its own, the rest elsewhere': async () => {
    await familiesOnGpuNodes(world);
    await controlOnPlainNodes(world);
  },
  'a rollout gets through on the full pool': () => rolloutOnFullPool(world),
  'beyond the GPUs a pod waits, and a new node takes it': async () => {
    await waitsBeyondCapacity(world);
    await world.addNodes(gpuNode('gpu-4', ONE_GPU));
    await world.running('cnn', 2, 'serve');
    await world.kubectl.scale('cnn', 1);
    await world.running('cnn', 1, 'serve');
  },
  'serving preempts a training, which goes on later': () => servingGoesFirst(world),
  'waiting requests make more replicas, and no more than allowed': async () => {
    const adapter = await MetricsAdapter.start(world.kubectl, plane.certificate);
    try {
      // Twelve wait in each pod where four may: three times as many pods.
      adapter.values.set('quartet_queue_length', 12);
      const scaled = (least) => world.kubectl.until(`rnn has ${least} replicas`, async () => (await world.kubectl.find('deployment', 'rnn')).spec.replicas >= least, async () => JSON.stringify((await world.kubectl.find('hpa', 'rnn')).status));
      await scaled(3);
      adapter.values.set('quartet_queue_length', 4000);
      const { status } = await world.kubectl.until('the limit is told', async () => {
        const hpa = await world.kubectl.find('hpa', 'rnn');
        return hpa.status.conditions.some(({ type, status: is, reason }) => type === 'ScalingLimited' && is === 'True' && reason === 'TooManyReplicas') && hpa;
      });
      assert.equal(status.desiredReplicas, 8);
    } finally {
      await adapter.stop();
    }
  },
});

overlay('gpu-mig', () => [plainNode('plain-0'), gpuNode('gpu-0', { 'nvidia.com/mig-1g.10gb': '4' })], {
  'the families share a card by slices': async () => {
    await familiesOnGpuNodes(world);
    await controlOnPlainNodes(world);
    await waitsBeyondCapacity(world, { reason: /Insufficient nvidia\.com\/mig-1g\.10gb/ });
  },
});

overlay('gpu-shared', () => [plainNode('plain-0'), gpuNode('gpu-0', { 'nvidia.com/gpu.shared': '4' }, { labels: { 'nvidia.com/gpu.sharing-strategy': 'time-slicing' } })], {
  'the families take turns on one card': async () => {
    await familiesOnGpuNodes(world);
    await controlOnPlainNodes(world);
    await waitsBeyondCapacity(world, { reason: /Insufficient nvidia\.com\/gpu\.shared/ });
  },
});

overlay('dra', () => [GPU_CLASS, plainNode('plain-0'), claimedGpuNode('claimed-0', 4), claimedGpuNode('small-0', 4, '8Gi')], {
  'each family has a claim on a GPU that is large enough': async () => {
    await familiesOnGpuNodes(world, { label: null });
    await controlOnPlainNodes(world);
    const claims = await world.kubectl.list('resourceclaims');
    const devices = claims.map(({ status }) => status.allocation.devices.results[0]);
    assert.deepEqual(devices.map(({ pool, device }) => `${pool}/${device}`).sort(), [0, 1, 2, 3].map((i) => `claimed-0/gpu-${i}`));
    await waitsBeyondCapacity(world, { reason: /cannot allocate all claims/ });
  },
});

overlay('production', () => [plainNode('plain-0', 'a'), plainNode('plain-1', 'b'), ...fourGpuNodes()], {
  'each family on a GPU of its own, two registries apart': async () => {
    await familiesOnGpuNodes(world);
    await controlOnPlainNodes(world, 2);
    const nodes = await world.nodesOf(await world.running('registry', 2));
    assert.deepEqual(nodes.map(({ metadata }) => metadata.name).sort(), ['plain-0', 'plain-1']);
  },
  'no pod may call the API': () => noAccess(world),
  'a drain takes one of two registries': () => oneOfTwoMayGo(world, 'registry'),
  'a rollout gets through on the full pool': () => rolloutOnFullPool(world, 'rnn'),
});

const ownPods = async () => {
  const manifests = await runQuietly(node24, [inRoot('apps/cli/dist/main.js'), 'deploy', 'render', inRoot('deploy/examples/digits.yaml')]);
  return renderChanged('gpu', { files: { 'digits.yaml': manifests }, change: (text) => text.replace('resources: [', 'resources: [digits.yaml, ') });
};

overlay(
  'gpu with a model of its own',
  () => [plainNode('plain-0'), ...fourGpuNodes(), gpuNode('gpu-4', ONE_GPU)],
  {
    'its pod takes a GPU as the families do, and none of their calls': async () => {
      const [pod] = await world.running('cnn-digits');
      const [node] = await world.nodesOf([pod]);
      assert.equal(node.metadata.labels['nvidia.com/gpu.present'], 'true');
      assert.equal(pod.spec.priorityClassName, 'quartet-serving');
      await world.running('cnn', 1, 'serve');
      const addresses = async (service) => (await world.kubectl.list('endpointslices', { selector: `kubernetes.io/service-name=${service}` })).flatMap(({ endpoints }) => endpoints ?? []).map(({ targetRef }) => targetRef.name);
      const own = await world.kubectl.until('the Service has its pod', async () => {
        const names = await addresses('cnn-digits');
        return names.length > 0 && names;
      });
      assert.deepEqual(own, [pod.metadata.name]);
      assert.ok(!(await addresses('cnn')).includes(pod.metadata.name));
    },
  },
  ownPods,
);

overlay(
  'gpu with Kueue',
  () => [plainNode('plain-0'), ...fourGpuNodes(), gpuNode('gpu-4', ONE_GPU)],
  {
    'its trainings carry the name of their queue': async () => {
      await world.kubectl.run(['create', 'job', 'queued', '-n', 'quartet', '--from=cronjob/train-gan']);
      const { metadata } = await world.kubectl.find('job', 'queued');
      assert.equal(metadata.labels['kueue.x-k8s.io/queue-name'], 'training');
      assert.equal((await world.kubectl.find('localqueue', 'training')).spec.clusterQueue, 'quartet-training');
    },
  },
  () => renderChanged('gpu', { change: (text) => text.replace('  - ../../components/local-state\n', '  - ../../components/kueue\n  - ../../components/local-state\n') }),
);
