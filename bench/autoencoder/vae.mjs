// A variational autoencoder of black-and-white digits: negative evidence lower bound, and the importance-weighted bound.
// `node bench/autoencoder/vae.mjs [--epochs 60] [--seed 1] [--draws 500] [--weighed 10000] [--json out.json]`
// Training images turn black and white anew in each step, a pixel's grey being its probability of white; test images once, seed 0.
import { core, finish, images, options, PIXELS, SIDE, trained, unit } from './common.mjs';

const given = options({ draws: { type: 'string', default: '500' }, weighed: { type: 'string', default: '10000' }, units: { type: 'string', default: '512,512' }, latent: { type: 'string', default: '32' } });
core.startEngine();
const { train, test } = await images(given);
const units = given.units.split(',').map(Number);
const spec = { latentSize: Number(given.latent), architecture: { kind: 'dense', units }, likelihood: 'bernoulli', binarize: true, variational: { beta: 1, warmUpSteps: 2000, freeBits: 0 } };
const { model, metrics, seconds } = await trained(spec, train.pixels, given);
const clean = unit(test.pixels);
const { tf } = core;
const black = tf().tidy(() => core.binarized(tf().tensor4d(clean, [test.labels.length, SIDE, SIDE, 1]), 0, 0).dataSync().slice());
// All test images with as many draws as there is patience for: the first bound of all, the second of the first `weighed`.
const all = core.importanceBound(model, black, 50, given.seed);
const weighed = Math.min(Number(given.weighed), test.labels.length);
const draws = Number(given.draws);
const bound = draws > 50 || weighed < test.labels.length ? core.importanceBound(model, black.subarray(0, weighed * PIXELS), draws, given.seed) : all;
finish({ epochs: given.epochs, seed: given.seed, train: given.train, seconds, trainLoss: metrics.reconstruction + metrics.kl, kl: metrics.kl, negativeElbo: all.negativeElbo, importanceWeighted: bound.negativeLogLikelihood, draws, weighed }, given);
