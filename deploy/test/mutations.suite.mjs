// The checks fail when what they check is taken away: each test spoils the manifests in one place and wants the check's words.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lastPodStays } from './checks/disruption.mjs';
import { controlOnPlainNodes, familiesOnGpuNodes, rolloutOnFullPool, waitsBeyondCapacity } from './checks/placement.mjs';
import { servingGoesFirst } from './checks/training.mjs';
import { changed, FAMILIES, isServing, isTraining, podOf, render } from './cluster/manifests.mjs';
import { gpuNode, plainNode, unlabelledGpuNode } from './cluster/nodes.mjs';
import { World } from './cluster/world.mjs';
import { ControlPlane } from './control-plane/control-plane.mjs';

const GPU = 'nvidia.com/gpu';
const ONE = { [GPU]: '1' };
const fiveGpuNodes = () => [0, 1, 2, 3, 4].map((i) => gpuNode(`gpu-${i}`, ONE));
const isControl = (object) => object.kind === 'Deployment' && !isServing(object);

let plane;
let world;
let gpu;
before(async () => {
  plane = await ControlPlane.start();
  world = new World(plane.kubectl);
  gpu = await render('gpu');
});
after(() => plane?.stop());

async function installed(objects, ...nodes) {
  await world.reset(plainNode('plain-0'), ...nodes);
  await world.installTried(objects);
}

test('without the toleration no family finds a node', async () => {
  await installed(changed(gpu, isServing, (object) => delete podOf(object).spec.tolerations), ...fiveGpuNodes());
  await assert.rejects(familiesOnGpuNodes(world), /cnn finds no node: .*untolerated taint/);
});

test('without the selector a family lands on a node that is not labelled', async () => {
  await installed(changed(gpu, isServing, (object) => delete podOf(object).spec.nodeSelector), unlabelledGpuNode('unlabelled', { [GPU]: '8' }));
  await assert.rejects(familiesOnGpuNodes(world), /is on unlabelled, which isn't labelled/);
});

test('without the limit pods share a card that they were not given', async () => {
  const without = changed(gpu, isServing, (object) => {
    const { requests, limits } = podOf(object).spec.containers[0].resources;
    delete requests[GPU];
    delete limits[GPU];
  });
  await installed(without, ...FAMILIES.map((_, i) => gpuNode(`gpu-${i}`, ONE)));
  await assert.rejects(waitsBeyondCapacity(world), /more pods run than there are GPUs/);
});

test('without the affinity gateway and registry take room on a GPU node that has no taint', async () => {
  const untainted = gpuNode('untainted', ONE);
  untainted.spec = {};
  await world.reset(untainted);
  await world.installTried(changed(gpu, isControl, (object) => delete podOf(object).spec.affinity));
  await assert.rejects(controlOnPlainNodes(world), /gateway is on the GPU node untainted/);
});

test('without priorities serving waits for a training', async () => {
  await installed(changed(gpu, isServing, (object) => (podOf(object).spec.priorityClassName = 'quartet-training')), ...fiveGpuNodes());
  await familiesOnGpuNodes(world);
  await assert.rejects(servingGoesFirst(world), /serving doesn't preempt the training: .*Insufficient nvidia\.com\/gpu/);
});

test('without the failure policy a preemption counts as a crash', async () => {
  await installed(changed(gpu, isTraining, (object) => delete object.spec.jobTemplate.spec.podFailurePolicy), ...fiveGpuNodes());
  await familiesOnGpuNodes(world);
  await assert.rejects(servingGoesFirst(world), /the preemption counts as a crash of the training/);
});

test('with a surge the rollout is stuck on the full pool', async () => {
  await installed(changed(gpu, isServing, (object) => (object.spec.strategy.rollingUpdate = { maxSurge: 1, maxUnavailable: 0 })), ...fiveGpuNodes().slice(1));
  await familiesOnGpuNodes(world);
  await assert.rejects(rolloutOnFullPool(world), /the new pod waits for the GPU of the old one/);
});

test('without the budget a drain takes the last pod', async () => {
  await installed(gpu.filter(({ kind }) => kind !== 'PodDisruptionBudget'), ...fiveGpuNodes());
  await assert.rejects(lastPodStays(world, 'gateway'), /'evicted'/);
});

test('a pod that could be root is a warning, and so an error', async () => {
  await world.reset();
  const rooted = changed(gpu, isServing, (object) => delete podOf(object).spec.securityContext.runAsNonRoot);
  await assert.rejects(world.install(rooted), /runAsNonRoot/);
});

test('an unknown field is refused', async () => {
  await world.reset();
  const misspelt = changed(gpu, isServing, (object) => (podOf(object).spec.terminationGracePeriod = 40));
  await assert.rejects(world.install(misspelt), /unknown field ".*terminationGracePeriod"/);
});
