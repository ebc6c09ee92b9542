import assert from 'node:assert/strict';

const jobPods = (world) => world.pods('cnn', 'train');

/** Starts a training as docs/operations.md says. */
export const startTraining = (world, name, from = 'train-cnn') => world.kubectl.run(['create', 'job', name, '-n', 'quartet', `--from=cronjob/${from}`]);

/**
 * Serving takes a training's GPU; the Job isn't charged for it, waits, and goes on when there is a GPU again. Wants a pool with one
 * GPU more than there are pods of services.
 */
export async function servingGoesFirst(world) {
  await startTraining(world, 'training-1');
  const [before] = await world.running('cnn', 1, 'train');
  await world.kubectl.scale('cnn', 2);
  const serving = await world.runningOrRefused('cnn', 2, 'serve');
  assert.ok(Array.isArray(serving), `serving doesn't preempt the training: ${serving}`);
  const after = await world.kubectl.until(
    'the preempted pod is replaced',
    async () => (await jobPods(world)).find(({ metadata }) => metadata.uid !== before.metadata.uid),
    world.stories,
  );
  assert.equal(after.spec.priorityClassName, 'quartet-training');
  await world.kubectl.scale('cnn', 1);
  const [again] = await world.running('cnn', 1, 'train');
  await world.endPod(again, 'Succeeded');
  const job = await world.kubectl.until(
    'the Job is complete',
    async () => {
      const found = await world.kubectl.find('job', 'training-1');
      return found.status.succeeded === 1 && found;
    },
    world.stories,
  );
  assert.equal(job.status.failed ?? 0, 0, 'the preemption counts as a crash of the training');
}
