import { hasStalled, initialBalance, judgeBalance, observe, type BalanceSettings, type BalanceState, type Observation } from './balance';

const SETTINGS: BalanceSettings = { act: true, patience: 4, minImprovement: 0.02, rollbacks: 2 };
const SOUND: Observation = {
  step: 0, discriminatorLoss: 1.2, generatorLoss: 0.9, discriminatorNorm: 1, generatorNorm: 1, realAccuracy: 0.7, fakeAccuracy: 0.7, seenAccuracy: 0.72, diversity: 0.9, distance: 1, nearest: 1,
};

/** Findings of the last round. */
function after(state: BalanceState, rounds: Partial<Observation>[], settings = SETTINGS) {
  return rounds.map((round) => {
    observe(state, { ...SOUND, ...round }, settings);
    return judgeBalance(state, settings);
  }).at(-1)!;
}

const fresh = (): BalanceState => initialBalance({ discriminator: 1, generator: 1 });

test('a training that gets better is left alone', () => {
  const state = fresh();
  expect(after(state, [5, 4, 3.5, 3, 2.9, 2.5, 2.4, 2].map((distance) => ({ distance })))).toEqual([]);
  expect(state).toMatchObject({ rates: { discriminator: 1, generator: 1 }, regularization: 1, best: { round: 8, distance: 2 } });
  expect(hasStalled(state, SETTINGS)).toBe(false);
});

test('mode collapse goes back to a sound best round, once in a while', () => {
  const state = fresh();
  const collapsed = { diversity: 0.1, distance: 9 };
  const [finding] = after(state, [{ distance: 3 }, collapsed, collapsed]);
  expect(finding).toEqual({
    verdict: 'mode_collapse',
    evidence: 'generated examples vary 10 % as much as real ones (10 % a round before)',
    remedy: 'went back to the best round, generator learning rate times 0.5, penalty times 2',
    rollBack: true,
  });
  expect(after(state, [collapsed])).toEqual([]);
  expect(state.rollbacks).toBe(1);
});

test('without leave to act it only proposes', () => {
  const state = fresh();
  const [finding] = after(state, [{ diversity: 0.1 }, { diversity: 0.2 }], { ...SETTINGS, act: false });
  expect(finding?.remedy).toBe('a stronger penalty (r1), minibatch deviation, spectral normalization, or a lower generator learning rate');
  expect(finding?.rollBack).toBeUndefined();
  expect(state.rates.generator).toBe(1);
});

test('oscillation is a distance that turns again and again, or leaves its best behind', () => {
  const turning = fresh();
  expect(after(turning, [4, 1, 4, 1, 4, 1].map((distance) => ({ distance })))[0]?.evidence).toBe('the distance turned 4 times in 6 rounds, between 1.00 and 4.00');
  expect(turning.rates).toEqual({ discriminator: 0.5, generator: 0.5 });
  const left = fresh();
  const [finding] = after(left, [{ distance: 1 }, { distance: 4 }, { distance: 5 }]);
  expect(finding).toMatchObject({ verdict: 'oscillation', evidence: 'the distance was 1.00 in round 1 and is above 3 times that for 2 rounds, last 5.00', rollBack: true });
});

test('domination slows the discriminator, then lets the generator move more often', () => {
  const state = fresh();
  const dominated = { realAccuracy: 0.99, fakeAccuracy: 1 };
  const [finding] = after(state, [dominated, dominated]);
  expect(finding).toMatchObject({ verdict: 'discriminator_domination', remedy: 'discriminator learning rate times 0.5, penalty times 2' });
  expect(finding?.evidence).toContain('it tells 99 % of held-out real and 100 % of generated examples for what they are');
  after(state, [dominated, dominated, dominated]);
  expect(state.rates.discriminator).toBe(0.25);
  expect(after(state, [dominated, dominated, dominated])[0]?.remedy).toContain('2 generator updates for one of the discriminator');
  expect(state.updates).toEqual({ discriminator: 1, generator: 2 });
});

test('memorization needs both: nearness to training examples, and a discriminator that knows them', () => {
  expect(after(fresh(), [{ nearest: 0.2 }])).toEqual([]);
  expect(after(fresh(), [{ nearest: 0.2, seenAccuracy: 0.95 }])[0]).toMatchObject({
    verdict: 'memorization',
    evidence: 'generated examples are 20 % as far from their nearest training example as held-out ones are, and the discriminator takes 95 % of the training examples for real but 70 % of held-out ones',
  });
});

test('it has stalled when no round was better for as long as patience says', () => {
  const state = fresh();
  after(state, [{ distance: 2 }, { distance: 1.99 }, { distance: 2.5 }, { distance: 2 }]);
  expect(hasStalled(state, SETTINGS)).toBe(false);
  after(state, [{ distance: NaN }]);
  expect(hasStalled(state, SETTINGS)).toBe(true);
  expect(hasStalled(state, { ...SETTINGS, patience: 0 })).toBe(false);
});
