// What must hold once an overlay is installed. Each check throws an AssertionError when it doesn't hold; mutations.suite.mjs
// shows that they do so.
import assert from 'node:assert/strict';
import { FAMILIES } from '../cluster/manifests.mjs';

const isGpuNode = (node) => node.metadata.labels['nvidia.com/gpu.present'] === 'true' || (node.spec.taints ?? []).some(({ key }) => key === 'nvidia.com/gpu');

/** Each family's pod runs on a node that is labelled for it, one card or slice each; none of them on a plain node. */
export async function familiesOnGpuNodes(world, { label = 'nvidia.com/gpu.present' } = {}) {
  for (const family of FAMILIES) {
    const placed = await world.runningOrRefused(family, 1, 'serve');
    assert.ok(Array.isArray(placed), `${family} finds no node: ${placed}`);
    const [node] = await world.nodesOf(placed);
    assert.ok(isGpuNode(node), `${family} is on ${node.metadata.name}, a node without GPUs`);
    if (label) assert.ok(node.metadata.labels[label], `${family} is on ${node.metadata.name}, which isn't labelled ${label}`);
  }
}

/** Gateway and registry take no room on the nodes that are paid for their GPUs. */
export async function controlOnPlainNodes(world, registries = 1) {
  for (const [component, count] of [['gateway', 1], ['registry', registries]]) {
    const placed = await world.runningOrRefused(component, count);
    assert.ok(Array.isArray(placed), `${component} finds no node: ${placed}`);
    for (const node of await world.nodesOf(placed)) assert.ok(!isGpuNode(node), `${component} is on the GPU node ${node.metadata.name}`);
  }
}

/** One pod more than there are GPUs waits, and the scheduler says for what. */
export async function waitsBeyondCapacity(world, { replicas = 2, reason = /Insufficient nvidia\.com\/gpu/ } = {}) {
  await world.kubectl.scale('cnn', replicas);
  const placed = await world.runningOrRefused('cnn', replicas, 'serve');
  assert.equal(typeof placed, 'string', 'more pods run than there are GPUs');
  assert.match(placed, reason);
}

/** A rollout gets through on a pool without a free GPU. */
export async function rolloutOnFullPool(world, name = 'cnn') {
  const before = (await world.running(name, 1, 'serve')).map(({ metadata }) => metadata.uid);
  await world.kubectl.run(['rollout', 'restart', 'deployment', name, '-n', 'quartet']);
  await world.kubectl.until(`${name} is rolled out`, async () => {
    const pods = await world.pods(name, 'serve');
    const fresh = pods.filter(({ metadata }) => !before.includes(metadata.uid));
    const stuck = fresh.find(({ status }) => status.conditions?.some(({ type, status: is, message }) => type === 'PodScheduled' && is === 'False' && /Insufficient|preemption/.test(message)));
    // Where the old pod leaves first, its GPU becomes free: only a pool where it stays is stuck.
    assert.ok(!(stuck && fresh.length < pods.length), 'the new pod waits for the GPU of the old one, which stays until the new one runs');
    const { status, metadata } = await world.kubectl.find('deployment', name);
    if (fresh.length !== 1 || fresh[0].status.phase !== 'Running') return false;
    return status.observedGeneration === metadata.generation && status.updatedReplicas === 1 && status.availableReplicas === 1 && status.replicas === 1;
  }, world.stories);
}
