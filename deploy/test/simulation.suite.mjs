// A cluster of a thousand GPU nodes and two thousand of the families' pods, on a real control plane: what scheduler and controllers
// make of the manifests at that size. Times are printed, never asserted. Run by main.mjs, in a network namespace of its own.
import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METADATA } from './cluster/api.mjs';
import { FAMILIES, render } from './cluster/manifests.mjs';
import { gpuNode, plainNode } from './cluster/nodes.mjs';
import { World } from './cluster/world.mjs';
import { ControlPlane } from './control-plane/control-plane.mjs';
import { loadBetween, reading } from './simulation/load.mjs';
import { misplaced } from './simulation/placement.mjs';

const PODS = 2000;
const EACH = PODS / FAMILIES.length;
/** GPUs of the nodes, in turn: as many as there are pods. */
const GPUS = [1, 1, 2, 4];
const GPU_NODES = (PODS / GPUS.reduce((a, b) => a + b)) * GPUS.length;
const PLAIN_NODES = 10;
const LONGEST_WAIT_MS = 600_000;
const SERVING = 'labelSelector=quartet/role%3Dserve';

/** By default the clients of scheduler and controllers hold themselves to 50 and 20 requests a second: 100 s for as many pods. */
const FAST = ['--kube-api-qps=1000', '--kube-api-burst=2000'];

let plane;
let world;
let api;
before(async () => {
  plane = await ControlPlane.start({ 'kube-scheduler': FAST, 'kube-controller-manager': FAST });
  world = new World(plane.kubectl);
  api = plane.kubectl.api;
});
after(() => plane?.stop());

const pods = (selector = '') => api.list(`/api/v1/namespaces/quartet/pods?${selector}`);
const nodes = () => api.list('/api/v1/nodes');

/** Awaits `probe` to be true. Lists of thousands of objects are work for the API server, which is what is measured: every two seconds. @returns seconds since `start`. */
async function until(start, what, probe) {
  while (!(await probe())) {
    if (Date.now() - start > LONGEST_WAIT_MS) throw new Error(`waited ${LONGEST_WAIT_MS / 1000} s in vain until ${what}; ${(await world.stories()).slice(0, 2000)}`);
    await sleep(2000);
  }
  return (Date.now() - start) / 1000;
}

test(`${GPU_NODES} GPU nodes become ready`, async (t) => {
  const start = Date.now();
  await world.reset();
  const gpu = Array.from({ length: GPU_NODES }, (_, i) => gpuNode(`gpu-${i}`, { 'nvidia.com/gpu': String(GPUS[i % GPUS.length]) }, { zone: 'abc'[i % 3] }));
  const plain = Array.from({ length: PLAIN_NODES }, (_, i) => plainNode(`plain-${i}`, 'abc'[i % 3]));
  await api.create('/api/v1/nodes', [...plain, ...gpu]);
  const isReady = ({ status, spec }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') && !spec.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'));
  const took = await until(start, 'all nodes are ready', async () => (await nodes()).every(isReady));
  assert.equal((await nodes()).length, GPU_NODES + PLAIN_NODES);
  t.diagnostic(`${GPU_NODES + PLAIN_NODES} nodes ready after ${took.toFixed(1)} s`);
});

test(`${PODS} pods of four families each get a GPU, on GPU nodes alone`, async (t) => {
  // The autoscalers would bring the replicas back to what they allow.
  await world.install((await render('gpu')).filter(({ kind }) => kind !== 'HorizontalPodAutoscaler'));
  const first = await reading(api, plane.processes);
  const start = Date.now();
  await Promise.all(FAMILIES.map((family) => world.kubectl.scale(family, EACH)));
  const count = async (selector) => (await api.list(`/api/v1/namespaces/quartet/pods?${SERVING}&${selector}`, METADATA)).length;
  const bound = await until(start, 'all pods have a node', async () => (await count('fieldSelector=spec.nodeName!%3D')) === PODS);
  const running = await until(start, 'all pods run', async () => (await count('fieldSelector=status.phase%3DRunning')) === PODS);
  const { requests, processes } = loadBetween(first, await reading(api, plane.processes));

  t.diagnostic(`${cpus().length} x ${cpus()[0].model}: all bound after ${bound.toFixed(1)} s, ${(PODS / bound).toFixed(0)} pods/s; running after ${running.toFixed(1)} s`);
  for (const { verb, count: total, p99Seconds } of requests) t.diagnostic(`API server ${verb}: ${total} requests, p99 ${(p99Seconds * 1000).toFixed(0)} ms`);
  for (const { name, cpuSeconds, peakBytes } of processes) t.diagnostic(`${name}: ${cpuSeconds.toFixed(1)} s of processor, ${(peakBytes / 2 ** 20).toFixed(0)} MiB at most`);

  const all = await pods();
  for (const family of FAMILIES) assert.equal(all.filter(({ metadata }) => metadata.labels['quartet/family'] === family && metadata.labels['quartet/role'] === 'serve').length, EACH, family);
  assert.deepEqual(misplaced(all, await nodes()), []);
});

test('on the full pool one pod more waits for a GPU', async () => {
  await world.kubectl.scale('gan', EACH + 1);
  const reason = new RegExp(`^0/${GPU_NODES + PLAIN_NODES} nodes are available: .*${GPU_NODES} Insufficient nvidia\\.com/gpu`);
  let waiting = [];
  // Nodes whose leases come late, as on a busy machine, have a taint until they are renewed.
  await until(Date.now(), 'the scheduler finds every GPU taken', async () => {
    waiting = await pods(`${SERVING}&fieldSelector=spec.nodeName%3D`);
    return waiting.some(({ status }) => status.conditions?.some(({ type, message }) => type === 'PodScheduled' && reason.test(message)));
  });
  assert.deepEqual(waiting.map(({ metadata }) => metadata.labels['quartet/family']), ['gan']);
});

// The check fails where there is something to find.
test('a pod on a plain node, two on one GPU and a gateway beside them are found', async () => {
  const [all, every] = [await pods(), await nodes()];
  const serving = all.filter(({ metadata, spec }) => metadata.labels['quartet/role'] === 'serve' && spec.nodeName);
  const moved = (pod, nodeName) => misplaced([...all.filter((other) => other !== pod && other.spec.nodeName), { ...pod, spec: { ...pod.spec, nodeName } }], every);
  assert.match(moved(serving[0], 'plain-0').join(), /^\S+ is on plain-0, a node without GPUs$/);
  const other = serving.find(({ spec }) => spec.nodeName !== serving[0].spec.nodeName);
  assert.match(moved(serving[0], other.spec.nodeName).join(), /^gpu-\d+ gives \d GPUs of \d$/);
  const gateway = all.find(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === 'gateway');
  assert.match(moved(gateway, 'gpu-0').join(), /^gateway-\S+ is on gpu-0, a GPU node$/);
});
