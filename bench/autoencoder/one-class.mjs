// Anomalies: trained on one class alone, how well do the others stand out? Area under the ROC curve on all 10,000 test images, for each
// class, and the mean; by the service's score, by the plain error, and by PCA's plain error.
// `node bench/autoencoder/one-class.mjs [--data fashion] [--classes 0,1] [--latent 16] [--epochs 20] [--seed 1] [--json out.json]`
import { core, errors, finish, images, options, PIXELS, trained, unit } from './common.mjs';

const given = options({ classes: { type: 'string', default: '0,1,2,3,4,5,6,7,8,9' }, latent: { type: 'string', default: '16' } });
core.startEngine();
const { train, test } = await images(given);
const latentSize = Number(given.latent);
const clean = unit(test.pixels);

/** Probability that an unusual one has the larger score (Mann and Whitney, 1947). */
function auroc(scores, isUnusual) {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  let [ranks, unusual] = [0, 0];
  order.forEach((index, rank) => {
    if (!isUnusual(index)) return;
    ranks += rank + 1;
    unusual += 1;
  });
  return (ranks - (unusual * (unusual + 1)) / 2) / (unusual * (scores.length - unusual));
}

const classes = given.classes.split(',').map(Number);
const results = [];
for (const label of classes) {
  const rows = [...train.labels.keys()].filter((row) => train.labels[row] === label);
  const own = new Uint8Array(rows.length * PIXELS);
  rows.forEach((row, at) => own.set(train.pixels.subarray(row * PIXELS, (row + 1) * PIXELS), at * PIXELS));
  const { model } = await trained({ latentSize }, own, given);
  const runner = new core.AutoencoderRunner(model);
  const run = (examples) => ({ examples, ...runner.run(examples) });
  const usual = core.fitUsual(model.spec, run(unit(own)));
  const tested = run(clean);
  const pca = core.reconstructByPca(core.fitPca(unit(own), PIXELS, latentSize), clean);
  const isUnusual = (index) => test.labels[index] !== label;
  results.push({ label, score: auroc(core.anomalyScores(model.spec, usual, tested), isUnusual), error: auroc(errors(tested.reconstruction, clean), isUnusual), pca: auroc(errors(pca, clean), isUnusual) });
  console.error(JSON.stringify(results.at(-1)));
  runner.dispose();
  model.dispose();
}
const mean = (of) => results.reduce((sum, result) => sum + result[of], 0) / results.length;
finish({ data: given.data, latentSize, epochs: given.epochs, seed: given.seed, train: given.train, mean: { score: mean('score'), error: mean('error'), pca: mean('pca') }, results }, given);
