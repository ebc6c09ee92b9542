// Every benchmark of GANs in small, in under 90 seconds on two free cores: that each runs, and that what it measures is on the right side. `node bench/gan/small.mjs`
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NARROW = { spec: { architecture: { kind: 'convolutional', filters: [8, 16] } } };
const QUICK = { discriminatorLearningRate: 0.002, generatorLearningRate: 0.002, emaDecay: 0.95 };
/** Each gets all lines of a script. */
const CASES = [
  { script: 'modes.mjs', args: ['ring', '1', '1', '2500', '{"batch":256}'], right: ([{ modes }]) => modes >= 7 },
  { script: 'mnist.mjs', args: ['250', '1', JSON.stringify({ ...NARROW, epoch: 16_000, learnt: 5000, synthetic: 0, training: QUICK })], right: (lines) => lines.at(-1).distance < lines.at(-1).noise / 2 },
  { script: 'semi.mjs', args: ['1', '1', '750', JSON.stringify({ halved: true, training: { discriminatorLearningRate: 0.002, generatorLearningRate: 0.002 } })], right: ([{ supervised, semiSupervised }]) => semiSupervised > supervised },
  { script: 'balance.mjs', args: ['1', '1', '1000', 'quick discriminator'], right: ([without, controlled]) => controlled.lastRounds < without.lastRounds },
  { script: 'signals.mjs', args: ['sound', '100', '1', JSON.stringify({ filters: [8, 16, 32, 64], training: QUICK })], right: ([{ gan, noise }]) => gan < noise },
  { script: 'signals.mjs', args: ['video', '200', '1', JSON.stringify({ filters: [8, 16, 32], training: QUICK })], right: ([{ gan, noise }]) => gan < noise },
];

let wrong = 0;
for (const { script, args, right } of CASES) {
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], { encoding: 'utf8' });
  const figures = status === 0 && stdout.trim().split('\n').map((line) => JSON.parse(line));
  const good = figures && right(figures);
  if (!good) wrong += 1;
  console.log(`${good ? 'right' : 'WRONG'}  ${script} ${args.join(' ')}  ${((performance.now() - began) / 1000).toFixed(1)} s\n  ${figures ? figures.map((line) => JSON.stringify(line).slice(0, 300)).join('\n  ') : stderr}`);
}
process.exit(wrong === 0 ? 0 : 1);
