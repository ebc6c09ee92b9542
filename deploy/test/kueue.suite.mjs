// Kueue itself: the queues of components/kueue hold trainings back until their quota has room for the whole of one, however many GPUs
// there are. Run by main.mjs, in namespaces of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FAMILIES, renderChanged } from './cluster/manifests.mjs';
import { startKueue } from './cluster/kueue.mjs';
import { Names } from './cluster/names.mjs';
import { gpuNode, plainNode } from './cluster/nodes.mjs';
import { World } from './cluster/world.mjs';
import { ControlPlane } from './control-plane/control-plane.mjs';

/** nvidia.com/gpu in components/kueue/queues.yaml. */
const QUOTA = 4;

describe('gpu with Kueue', () => {
  let plane;
  let world;
  let names;
  const started = (name) => world.kubectl.list('pods', { selector: `batch.kubernetes.io/job-name=${name}` });

  before(async () => {
    plane = await ControlPlane.start();
    names = await Names.start();
    world = new World(plane.kubectl);
    await startKueue(plane, names);
    // Room for every training below at once: it is the quota that holds them back, never the scheduler.
    await world.reset(plainNode('plain-0'), ...[0, 1, 2].map((i) => gpuNode(`gpu-${i}`, { 'nvidia.com/gpu': '8' })));
    await world.install(await renderChanged('gpu', { change: (text) => text.replace('  - ../../components/local-state\n', '  - ../../components/kueue\n  - ../../components/local-state\n') }));
    for (const family of FAMILIES) await world.running(family, 1, 'serve');
  });
  after(async () => {
    await plane?.stop();
    await names?.stop();
  });

  /** A Job of the family's CronJob, as operations.md says, for a training on several GPUs. */
  async function train(name, pods) {
    const job = JSON.parse(await world.kubectl.run(['create', 'job', name, '-n', 'quartet', '--from=cronjob/train-cnn', '--dry-run=client', '-o', 'json']));
    Object.assign(job.spec, { parallelism: pods, completions: pods });
    await world.kubectl.apply([job]);
  }

  /** Awaits that the whole of a Job runs. */
  const runs = (name, pods) =>
    world.kubectl.until(`all of ${name} runs`, async () => {
      const found = await started(name);
      assert.ok(found.length <= pods, `${name} has ${found.length} pods`);
      return found.length === pods && found.every(({ status }) => status.phase === 'Running') && found;
    }, world.stories);

  /** Awaits that Kueue has said why a Job waits, and that nothing of it was started. @returns its words. */
  async function waits(name) {
    const { message } = await world.kubectl.until(`Kueue has looked at ${name}`, async () => {
      const workloads = await world.kubectl.list('workloads.kueue.x-k8s.io');
      const own = workloads.find(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === name));
      return own?.status?.conditions?.find(({ type }) => type === 'QuotaReserved');
    });
    const { spec, status } = await world.kubectl.find('job', name);
    assert.deepEqual([spec.suspend, status.active ?? 0, (await started(name)).length], [true, 0, 0], `${name} was started: ${message}`);
    return message;
  }

  const end = async (name) => {
    for (const pod of await started(name)) await world.endPod(pod, 'Succeeded');
  };

  test('a training of three pods is admitted whole, to the nodes of its flavor', async () => {
    await train('first', 3);
    const pods = await runs('first', 3);
    for (const { spec } of pods) assert.equal(spec.nodeSelector['nvidia.com/gpu.present'], 'true');
    await world.kubectl.until('three GPUs of the quota are taken', async () => {
      const { flavorsUsage = [] } = (await world.kubectl.find('clusterqueue', 'quartet-training')).status;
      return flavorsUsage[0]?.resources.find(({ name }) => name === 'nvidia.com/gpu').total === '3';
    });
  });

  test('the next, for which one GPU of the quota is left, gets no pod at all', async () => {
    await train('second', 3);
    assert.match(await waits('second'), /insufficient unused quota for nvidia\.com\/gpu in flavor quartet-gpu, 2 more needed/);
  });

  test('one that fits in what is left goes ahead', async () => {
    await train('small', 1);
    await runs('small', 1);
    await waits('second');
  });

  test('what is larger than the quota never starts', async () => {
    await train('large', QUOTA + 1);
    assert.match(await waits('large'), /insufficient quota for nvidia\.com\/gpu in flavor quartet-gpu|exceeds maximum capacity/);
  });

  test('when the first ends the second starts, whole', async () => {
    await end('first');
    await runs('second', 3);
    await end('second');
    await end('small');
    await world.kubectl.until('all are complete', async () => (await Promise.all(['first', 'second', 'small'].map((name) => world.kubectl.find('job', name)))).every(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True')));
    await waits('large');
  });
});
