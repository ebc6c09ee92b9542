// 100 labels of MNIST: a semi-supervised GAN's discriminator, which sees all other images without their labels, against the CNN service's default network on the
// same 100. The settings are those that the GAN service takes by default. `node bench/gan/semi.mjs [FIRST_SEED] [LAST_SEED] [STEPS] [OPTIONS]`; prints a line of JSON a
// seed. With 0 STEPS the supervised network alone, and what it makes of the labels with the same random changes to its images. OPTIONS, JSON: `halved` images of 14 x 14, `spec` and `training` beside the defaults. After `npm run build`.
import { createRequire } from 'node:module';
import { testAccuracy } from './classify.mjs';
import { batchOf, halved, mnist, rows } from './mnist-data.mjs';

const require = createRequire(import.meta.url);
const core = require('../../libs/core/dist/index.js');
const { epochOrder, ImageBatches } = require('../../libs/data/dist/index.js');

const BATCH = 64;
const ROUND = 250;
const LABELS = 100;

async function main(seed, steps, options) {
  const whole = await mnist();
  const [train, test] = [whole.train, whole.test].map((part) => (options.halved ? halved(part) : part));
  const learnt = rows(train, 0, 55_000);
  const few = labelledOnes(learnt, seed);
  const supervised = await testAccuracy(core, few, test, 200, seed, 50);
  if (steps === 0) {
    const augmented = await testAccuracy(core, few, test, 400, seed, 50, { shift: 1 / 14, rotate: 12, scale: 0.1 });
    return console.log(JSON.stringify({ seed, labels: LABELS, supervised, augmented }));
  }
  const [side] = train.exampleShape;
  const spec = {
    exampleShape: train.exampleShape, architecture: { kind: 'convolutional', filters: [32, 64] }, latentSize: 64, mode: 'semiSupervised', classes: 10, loss: 'nonSaturating',
    spectralNormalization: false, minibatchDeviation: false, instanceNoise: 0.2, featureNoise: 0.5, augmentation: { shift: Math.floor(side / 14), flip: false, cutout: 0, rotation: 12, zoom: 0.1 }, ...options.spec,
  };
  const gan = core.buildGan(spec, seed);
  const source = new ImageBatches(learnt, { batchSize: BATCH, seed });
  const perPass = Math.floor(learnt.count / BATCH);
  const began = process.cpuUsage();
  const trainer = new core.GanTrainer({
    gan, seed, epochs: Math.ceil(steps / ROUND), roundSteps: ROUND, ...options.training,
    training: { stepsPerEpoch: ROUND, batch: (epoch, step) => source.batch(Math.floor((epoch * ROUND + step) / perPass), (epoch * ROUND + step) % perPass) },
    labelled: new ImageBatches(few, { batchSize: BATCH, seed }),
    seen: batchOf(rows(learnt, 0, 500)), heldOut: batchOf(rows(train, 55_000, 500)),
    quality: { count: 10, measure: () => ({ distance: 1, diversity: 1, metrics: {} }) },
    onEvent: (event) => event.type === 'epochEnd' && console.error(event.epoch * ROUND, event.metrics['validation/accuracy'], event.metrics['loss/discriminator'], event.metrics['loss/generator']),
  });
  await trainer.train();
  const used = process.cpuUsage(began);
  let right = 0;
  for (let first = 0; first < test.count; first += 500) {
    const batch = batchOf(rows(test, first, 500));
    const { data } = trainer.judge(batch).classLogits;
    for (let row = 0; row < 500; row += 1) {
      const own = data.subarray(10 * row, 10 * row + 10);
      if (own.indexOf(Math.max(...own)) === batch.inputs.y.data[row]) right += 1;
    }
  }
  console.log(JSON.stringify({ seed, labels: LABELS, supervised, semiSupervised: right / test.count, steps, cpuSeconds: Math.round((used.user + used.system) / 1e6) }));
  trainer.dispose();
  gan.dispose();
}

/** Ten of each class, drawn by the seed. */
function labelledOnes(part, seed) {
  const order = epochOrder(Uint32Array.from({ length: part.count }, (_, row) => row), seed, 0);
  const taken = Array.from({ length: 10 }, (_, of) => [...order].filter((row) => part.labels[row] === of).slice(0, LABELS / 10)).flat();
  const parts = taken.map((row) => rows(part, row, 1));
  return { count: LABELS, exampleShape: part.exampleShape, examples: Uint8Array.from(parts.flatMap(({ examples }) => [...examples])), labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels])) };
}

const [first = '1', last = '3', steps = '2500', options = '{}'] = process.argv.slice(2);
core.startEngine();
for (let seed = Number(first); seed <= Number(last); seed += 1) await main(seed, Number(steps), JSON.parse(options));
// TensorFlow's threads would keep the process.
process.exit(0);
