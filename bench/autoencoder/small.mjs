// Every benchmark of autoencoders in small, in under a minute on two free cores: that each runs, and that what it measures is on the right
// side. `node bench/autoencoder/small.mjs`
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CASES = [
  { script: 'main.mjs', args: ['latent-16', '--train', '10000', '--test', '2000', '--epochs', '5'], right: ({ mse, pca }) => mse < pca },
  { script: 'main.mjs', args: ['noise-0.5', '--train', '5000', '--test', '1000', '--epochs', '3'], right: ({ psnr, spoiledPsnr }) => psnr > spoiledPsnr + 4 },
  { script: 'one-class.mjs', args: ['--classes', '0,1', '--test', '2000', '--epochs', '6'], right: ({ mean }) => mean.score > 0.95 },
  { script: 'vae.mjs', args: ['--train', '10000', '--test', '500', '--epochs', '6', '--draws', '50', '--units', '256', '--weighed', '500'], right: ({ negativeElbo, importanceWeighted }) => negativeElbo < 180 && importanceWeighted < negativeElbo },
  { script: 'compression.mjs', args: ['--train', '10000', '--test', '200', '--epochs', '5', '--latent', '16'], right: ({ below }) => below.alone > 0 && below.batch > 0 },
];

let wrong = 0;
for (const { script, args, right } of CASES) {
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], { encoding: 'utf8' });
  const figures = status === 0 && JSON.parse(stdout.trim().split('\n').at(-1));
  const good = figures && right(figures);
  if (!good) wrong += 1;
  console.log(`${good ? 'right' : 'WRONG'}  ${script} ${args.join(' ')}  ${((performance.now() - began) / 1000).toFixed(1)} s\n  ${figures ? JSON.stringify(figures).slice(0, 300) : stderr}`);
}
process.exit(wrong === 0 ? 0 : 1);
