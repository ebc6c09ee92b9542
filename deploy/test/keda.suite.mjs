// KEDA and Prometheus themselves, with the gateway, the registry and a family's service as processes of their own: what the overlays
// leave to an autoscaler, from a call to the pod that answers it. Run by main.mjs, in namespaces of its own.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { inRoot } from '../../tools/setup/paths.mjs';
import { changed, FAMILIES, renderChanged } from './cluster/manifests.mjs';
import { startKeda } from './cluster/keda.mjs';
import { Kubelet } from './cluster/kubelet.mjs';
import { Names } from './cluster/names.mjs';
import { gpuNode, plainNode } from './cluster/nodes.mjs';
import { startPrometheus } from './cluster/prometheus.mjs';
import { World } from './cluster/world.mjs';
import { definitionOf, definitionsOf } from './control-plane/build.mjs';
import { ControlPlane } from './control-plane/control-plane.mjs';
import { KEDA } from './control-plane/versions.mjs';
import { image, lightAndDark } from './image/light-and-dark.mjs';

const require = createRequire(inRoot('conformance', 'package.json'));
const { status } = require('@grpc/grpc-js');
const { connect, tensorFromUint8, uploadDataset, waitUntilServing } = require('@quartet/client');
const { DatasetFormat, JobState } = require('@quartet/contracts');

/** gpu with KEDA, as operations.md says: nothing is changed but times. */
async function scaledToZero() {
  const components = ['monitoring', 'autoscale-keda', 'training-keda', 'scale-to-zero'].map((name) => `  - ../../components/${name}\n`).join('');
  const objects = await renderChanged('gpu', { change: (text) => text.replace('  - ../../components/autoscale-queue\n', components) });
  const sooner = changed(objects, ({ kind }) => kind === 'ScaledObject', ({ spec }) => Object.assign(spec, { pollingInterval: 1, cooldownPeriod: 2 }));
  // Every second, too, a pod could be started for a job that Prometheus doesn't know of as claimed yet.
  const everySecond = changed(sooner, ({ kind }) => kind === 'ScaledJob', ({ spec }) => (spec.pollingInterval = 1));
  // Other suites beside it may keep a training, which gives way to them, from saying that it is alive for longer than the ten seconds after which another may have its job.
  return changed(everySecond, ({ metadata }) => metadata.name === 'quartet-settings', ({ data }) => Object.assign(data, { QUARTET_SCALER_IDLE_MS: '1000', QUARTET_LEASE_MS: '60000' }));
}

describe('gpu with KEDA, scaled to zero', () => {
  let plane;
  let world;
  let names;
  let kubelet;
  let client;
  let objects;
  let prometheus;
  const replicas = async (name) => (await world.kubectl.find('deployment', name)).spec.replicas;
  const scaled = (name, count) => world.kubectl.until(`${name} has ${count} replicas`, async () => (await replicas(name)) === count, () => plane.log('keda'));
  const light = (options) => client.cnn.classify({ model: { name: 'light' }, input: { $case: 'batch', value: tensorFromUint8(new Uint8Array(Buffer.concat([image(1, 5), image(0, 6)])), [2, 8, 8, 1]) } }, options);
  const classes = ({ results }) => results.map(({ classes: [best] }) => best.name);

  before(async () => {
    plane = await ControlPlane.start();
    world = new World(plane.kubectl);
    names = await Names.start();
    kubelet = new Kubelet(plane.kubectl, names);
    await world.installDefinitions([definitionsOf(KEDA.module), ...['podmonitors', 'prometheusrules'].map((name) => definitionOf(`${name}.monitoring.coreos.com`))]);
    await world.reset(plainNode('plain-0'), plainNode('plain-1'), gpuNode('gpu-0', { 'nvidia.com/gpu': '8' }));
    objects = await scaledToZero();
    prometheus = await startPrometheus(plane, names, kubelet, objects);
    await startKeda(plane, names);
    await world.install(objects.filter(({ kind }) => kind !== 'ScaledJob'));
    for (const component of ['registry', 'gateway']) await kubelet.serve((await world.someRunning(component))[0]);
    client = connect({ address: 'gateway:50050' });
    await waitUntilServing(client, { service: 'quartet.dataset.v1.DatasetService', timeoutMs: 120_000 });
  });
  after(async () => {
    client?.close();
    await kubelet?.stop();
    await plane?.stop();
    await names?.stop();
  });

  test('nobody calls: no family has a pod, and the gateway has its two', async () => {
    for (const family of FAMILIES) await scaled(family, 0);
    await scaled('gateway', 2);
    for (const family of FAMILIES) await world.running(family, 0, 'serve');
  });

  let job;
  test('a call is held, its family alone gets a pod, and that answers it', async () => {
    await uploadDataset(client, 'light', { format: DatasetFormat.DATASET_FORMAT_IDX }, lightAndDark());
    const spec = { layers: [{ layer: { $case: 'flatten', value: {} } }, { layer: { $case: 'dense', value: { units: 8 } } }] };
    let answered = false;
    const training = client.cnn.train({ model: 'light', dataset: 'light', spec, options: { epochs: 5, batchSize: 20, seed: 1, learningRate: 0.01 } }, { deadlineMs: 120_000 });
    training.then(() => (answered = true), () => undefined);
    const [pod] = await world.running('cnn', 1, 'serve');
    assert.equal(answered, false);
    await kubelet.serve(pod);
    job = await training;
    for (const family of FAMILIES.filter((name) => name !== 'cnn')) assert.equal(await replicas(family), 0, family);
  });

  const trainings = () => world.kubectl.list('jobs', { selector: 'scaledjob.keda.sh/name=train-cnn' });
  test('a queued job gets a pod to train in', async () => {
    // What is there stays as it is.
    await world.install(objects);
    const [pod] = await world.someRunning('cnn', 'train');
    assert.equal(pod.spec.priorityClassName, 'quartet-training');
    const { code, text } = await kubelet.complete(pod);
    assert.equal(code, 0, text);
    const { state, error } = await client.training.getJob({ id: job.id });
    assert.equal(JobState[state], 'JOB_STATE_SUCCEEDED', error);
    await world.endPod(pod, 'Succeeded');
    await world.kubectl.until('the Job is complete', async () => (await trainings()).some((each) => each.status.succeeded === 1), world.stories);
  });

  test('idle again, it goes; and comes back for a call of the model that was trained', async () => {
    await scaled('cnn', 0);
    await world.running('cnn', 0, 'serve');
    await kubelet.end('cnn');
    await client.models.promoteVersion({ model: 'light', version: 1 });
    const answer = light({ deadlineMs: 120_000 });
    answer.catch(() => undefined);
    await kubelet.serve((await world.running('cnn', 1, 'serve'))[0]);
    assert.deepEqual(classes(await answer), ['1', '0']);
  });

  test('more calls wait than one pod is to take: it gets two beside it', async () => {
    const [pod] = await world.someRunning('cnn', 'serve');
    await kubelet.end('cnn');
    const answers = Array.from({ length: 40 }, () => light({ deadlineMs: 120_000 }));
    for (const answer of answers) answer.catch(() => undefined);
    await scaled('cnn', 3);
    await kubelet.serve(pod);
    for (const answer of await Promise.all(answers)) assert.deepEqual(classes(answer), ['1', '0']);
  });

  test('with Prometheus away a call still gets its pod, which stays until it is back, and no other starts', async () => {
    prometheus.kill();
    await assert.rejects(client.rnn.forecast({ model: { name: 'none' } }, { deadlineMs: 5000 }), { code: status.DEADLINE_EXCEEDED });
    await world.kubectl.until('KEDA finds rnn idle, but not its Prometheus', async () => {
      for (const family of ['gan', 'autoencoder']) assert.equal(await replicas(family), 0, `${family}, which nobody calls, is started`);
      const { conditions } = (await world.kubectl.find('scaledobject', 'rnn')).status;
      return conditions.some(({ type, status, reason }) => type === 'Ready' && status === 'False' && reason === 'TriggerError');
    });
    assert.equal(await replicas('rnn'), 1);
    await startPrometheus(plane, names, kubelet, objects);
    await scaled('rnn', 0);
  });

  test('no pod was started to train what another had taken', async () => {
    assert.deepEqual((await trainings()).map(({ status: { succeeded } }) => succeeded), [1]);
  });
});
