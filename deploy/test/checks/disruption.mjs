import assert from 'node:assert/strict';

/** A node's drain can't take the last pod of a workload. */
export async function lastPodStays(world, component, role) {
  const [pod, ...others] = await world.running(component, 1, role);
  assert.equal(others.length, 0);
  // The disruption controller must have counted the pod; before that, every eviction is refused.
  await world.kubectl.until(
    `the budget of ${component} is counted, or there is none`,
    async () => {
      const budgets = await world.kubectl.list('poddisruptionbudgets', { selector: `app.kubernetes.io/component=${component}` });
      return budgets.every(({ status, metadata }) => status?.observedGeneration === metadata.generation && status.currentHealthy === 1);
    },
    world.stories,
  );
  const refused = await world.evict(pod);
  assert.match(refused ?? 'evicted', /would violate the pod's disruption budget/);
}

/** With two, one may go, and then no other until it is replaced. */
export async function oneOfTwoMayGo(world, component) {
  const [first] = await world.running(component, 2);
  await world.kubectl.until('the budget allows one', async () => (await world.kubectl.find('poddisruptionbudget', component)).status?.disruptionsAllowed === 1, world.stories);
  assert.equal(await world.evict(first), undefined);
  await world.running(component, 2);
}
