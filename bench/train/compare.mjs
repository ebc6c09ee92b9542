// One model, all contenders: the same losses first, then rounds in which they take turns.
import { setTimeout as wait } from 'node:timers/promises';
import { contendersFor, cores, infers, startContender } from './contenders.mjs';
import { compareCurves, compareOutputs } from './curves.mjs';
import { mean, median } from './statistics.mjs';

/** Lets the last one's threads fall asleep. */
const PAUSE_MS = 100;
export const BATCHES = [1, 64];

/**
 * @param plan `{ rounds, roundMs, inferMs, curveSteps, least }`: `least` is the fewest steps or calls of a round.
 * @param say Called with a line of progress.
 * @returns `{ model, contenders: { [name]: { firstMs, peakBytes, losses, notes, versions, step: number[], infer: { [batch]: number[] } } },
 *   curves }`: `step` and `infer` are milliseconds, one number a round.
 */
export async function compare(model, { file, python, names, plan, say }) {
  const contenders = contendersFor(model, names).map((name) => startContender(name, model, python));
  const results = Object.fromEntries(contenders.map(({ name }) => [name, { step: [], infer: Object.fromEntries(BATCHES.map((batch) => [batch, []])) }]));
  try {
    for (const contender of contenders) {
      say(`${contender.title}: first steps`);
      const { learningRate, beta1 } = model;
      const { versions, notes } = await contender.ask('load', { file, model: model.name, learningRate, beta1, cores, ...contender.options });
      // A curve that isn't compared needs no more than its first step.
      const count = model.exceptions[contender.name] ? 1 : plan.curveSteps;
      Object.assign(results[contender.name], { versions, notes }, await contender.ask('losses', { count }));
    }
    const curves = compareCurves(model, results);
    await train(contenders, results, plan, say);
    await infer(model, contenders.filter(({ name }) => infers(name)), results, plan, say);
    return { model, contenders: results, curves };
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
  }
}

async function train(contenders, results, { rounds, roundMs, least }, say) {
  // A first round isn't counted: it warms up and tells how many steps fill a round.
  const counts = new Map();
  for (const contender of contenders) {
    const ms = mean((await contender.ask('steps', { count: least })).ms);
    counts.set(contender, countFor(roundMs, ms, least));
  }
  await inTurns(contenders, rounds, async (contender, round) => {
    say(`${contender.title}: training, round ${round + 1} of ${rounds}`);
    results[contender.name].step.push(mean((await contender.ask('steps', { count: counts.get(contender) })).ms));
  });
  for (const contender of contenders) Object.assign(results[contender.name], await contender.ask('memory'));
}

async function infer(model, contenders, results, { rounds, inferMs, least }, say) {
  const outputs = {};
  for (const contender of contenders) outputs[contender.name] = (await contender.ask('output')).values;
  compareOutputs(model, outputs);
  for (const batch of BATCHES) {
    const counts = new Map();
    for (const contender of contenders) {
      const ms = median((await contender.ask('infer', { batch, count: least })).ms);
      counts.set(contender, countFor(inferMs, ms, least));
    }
    await inTurns(contenders, rounds, async (contender, round) => {
      say(`${contender.title}: inference at ${batch}, round ${round + 1} of ${rounds}`);
      results[contender.name].infer[batch].push(median((await contender.ask('infer', { batch, count: counts.get(contender) })).ms));
    });
  }
}

const countFor = (budgetMs, ms, least) => Math.min(1000, Math.max(least, Math.round(budgetMs / ms)));

/** Each round starts with another one. */
async function inTurns(contenders, rounds, work) {
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      await wait(PAUSE_MS);
      await work(contenders[(round + turn) % contenders.length], round);
    }
  }
}
