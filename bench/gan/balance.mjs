// The balance controller against the same trainings without it: a ring of 8 Gaussians with settings that are known to go wrong, over several seeds.
// `node bench/gan/balance.mjs [FIRST_SEED] [LAST_SEED] [STEPS]`; prints a line of JSON a run. After `npm run build`.
import { createRequire } from 'node:module';
import { findModes } from './modes.mjs';

const require = createRequire(import.meta.url);
const core = require('../../libs/core/dist/index.js');

/** What each goes wrong by: no penalty and quick players; a generator ten times as quick as its opponent; a discriminator ten times as quick. */
const CASES = {
  'no penalty': { training: { r1: 0.001, r1Final: 0.001, discriminatorLearningRate: 0.004, generatorLearningRate: 0.004 } },
  'quick generator': { training: { r1: 0.001, r1Final: 0.001, discriminatorLearningRate: 0.001, generatorLearningRate: 0.01 } },
  'quick discriminator': { training: { r1: 0.001, r1Final: 0.001, discriminatorLearningRate: 0.01, generatorLearningRate: 0.001 } },
};
const ROUND = 100;

const [first = '1', last = '5', steps = '2000', only = ''] = process.argv.slice(2);
core.startEngine({ intraOpThreads: 1 });
for (const [name, { training }] of Object.entries(CASES)) {
  if (only && only !== name) continue;
  for (let seed = Number(first); seed <= Number(last); seed += 1) {
    for (const act of [false, true]) {
      const options = {
        batch: 256,
        spec: { architecture: { kind: 'dense', units: [64, 64] }, latentSize: 16, minibatchDeviation: false },
        training: { schedule: 'constant', beta2: 0.99, emaDecay: 0.9, ...training, balance: { act, patience: 0, rollbacks: 10 } },
        round: ROUND,
      };
      const { curve, findings, modes, withinThreeDeviations, cpuSeconds } = await findModes('ring', seed, Number(steps), options);
      const least = Math.min(...curve);
      const end = curve.slice(-5);
      // Where the training stood in the end, not what was kept of it: the mean of the last five rounds.
      console.log(JSON.stringify({ case: name, seed, controller: act, lastRounds: end.reduce((a, b) => a + b, 0) / end.length, best: least, modes, withinThreeDeviations, verdicts: countOf(findings), cpuSeconds, curve }));
    }
  }
}
process.exit(0);

function countOf(findings) {
  return findings.reduce((counts, { verdict }) => ({ ...counts, [verdict]: (counts[verdict] ?? 0) + 1 }), {});
}
