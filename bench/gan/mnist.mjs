// A conditional GAN of MNIST's digits: quality round by round, then a CNN that learns from its digits alone and is tested on real ones.
// The same with those digits only that a classifier of real ones takes for what they were asked to be (`checked`).
// `node bench/gan/mnist.mjs [STEPS] [SEED] [OPTIONS]`; prints a line of JSON a round and one at the end. OPTIONS, JSON: `spec` and `training` beside the bench's own,
// `epoch` (images between two measurements), `learnt` (images that the measuring classifier learns from), `synthetic` (digits that the CNN learns from; 0: no CNN).
// After `npm run build`.
import { createRequire } from 'node:module';
import { batchOf, mnist, rows } from './mnist-data.mjs';
import { testAccuracy } from './classify.mjs';

const require = createRequire(import.meta.url);
const core = require('../../libs/core/dist/index.js');
const { ImageBatches } = require('../../libs/data/dist/index.js');

const BATCH = 64;
const MEASURED = 1000;

async function main(steps, seed, options) {
  const { epoch: epochImages = 32_000, learnt: classified = 20_000, synthetic: count = 50_000 } = options;
  core.startEngine();
  const { train, test } = await mnist();
  const [learnt, heldOut] = [rows(train, 0, 55_000), rows(train, 55_000, 5000)];
  const network = core.featureNetwork([28, 28, 1], 10, 1);
  await core.trainFeatureNetwork(network, new ImageBatches(rows(train, 0, classified), { batchSize: 100, seed: 1 }), { epochs: 3, seed: 1 });
  const extractor = core.classifierFeatures(network);
  const [seenBatch, heldOutBatch] = [batchOf(rows(learnt, 0, MEASURED)), batchOf(rows(heldOut, 0, MEASURED))];
  const quality = new core.Quality(extractor, { heldOut: heldOutBatch.inputs.x, seen: seenBatch.inputs.x, searched: batchOf(rows(learnt, 0, 5000)).inputs.x, classes: { count: 10, labels: heldOut.labels.slice(0, MEASURED) } });
  console.error('floor', JSON.stringify(quality.floor));
  const spec = {
    exampleShape: [28, 28, 1], architecture: { kind: 'convolutional', filters: [32, 64] }, latentSize: 64, mode: 'conditional', classes: 10, loss: 'nonSaturating',
    spectralNormalization: false, minibatchDeviation: false, instanceNoise: 0, ...options.spec,
  };
  const gan = core.buildGan(spec, seed);
  const source = new ImageBatches(learnt, { batchSize: BATCH, seed });
  const stepsPerEpoch = epochImages / BATCH;
  const perPass = Math.floor(learnt.count / BATCH);
  const training = { stepsPerEpoch, batch: (epoch, step) => { const at = epoch * stepsPerEpoch + step; return source.batch(Math.floor(at / perPass), at % perPass); } };
  const began = performance.now();
  const trainer = new core.GanTrainer({
    gan, training, seed, epochs: Math.ceil(steps / stepsPerEpoch), seen: seenBatch, heldOut: heldOutBatch, balance: { patience: 0 }, discriminatorLearningRate: 0.0005, generatorLearningRate: 0.0005, ...options.training,
    quality: { count: MEASURED, measure: (generated, classes) => quality.measure(generated, classes) },
    onEvent: (event) => {
      const seconds = Math.round((performance.now() - began) / 1000);
      if (event.type === 'epochEnd') console.log(JSON.stringify({ images: event.epoch * epochImages, seconds, ...short(event.metrics) }));
      if (event.type === 'diagnostic') console.log(JSON.stringify({ seconds, ...event }));
    },
  });
  await trainer.train();
  const { distance } = quality.measure(trainer.generate(MEASURED, 98, Int32Array.from({ length: MEASURED }, (_, at) => at % 10)));
  const random = core.uniformNumbers(seed);
  const noise = quality.measure({ dtype: 'float32', shape: [MEASURED, 28, 28, 1], data: Float32Array.from({ length: MEASURED * 784 }, random) }).distance;
  const measured = { seed, steps: trainer.step, distance, noise, floor: quality.floor.distance };
  if (count === 0) return console.log(JSON.stringify(measured));
  const made = digits(trainer, count, 99);
  const checked = digits(trainer, count, 99, extractor);
  const [trainOnSyntheticTestOnReal, onChecked] = [await testAccuracy(core, made, test, 8, seed), await testAccuracy(core, checked, test, 8, seed)];
  console.log(JSON.stringify({ trainOnSyntheticTestOnReal, onChecked, generated: checked.generated, synthetic: count, ...measured }));
}

/** Generated digits of all classes, as many of each. @param judge Only those that it takes for what they were asked to be. */
function digits(trainer, count, seed, judge) {
  const [examples, labels] = [new Float32Array(count * 784), new Int32Array(count)];
  const places = Array.from({ length: 10 }, (_, digit) => Array.from({ length: count / 10 }, (_unused, row) => row * 10 + digit));
  let generated = 0;
  for (let round = 0; places.some(({ length }) => length > 0); round += 1) {
    if (round === 50) throw new Error('after 50 rounds digits of some class are still missing');
    const asked = Int32Array.from(places.flatMap((left, digit) => left.map(() => digit)));
    const { data } = trainer.generate(asked.length, seed + round * 1000, asked);
    const seen = judge?.run({ dtype: 'float32', shape: [asked.length, 28, 28, 1], data }).classes ?? asked;
    generated += asked.length;
    asked.forEach((digit, at) => {
      if (seen[at] !== digit) return;
      const place = places[digit].pop();
      examples.set(data.subarray(at * 784, (at + 1) * 784), place * 784);
      labels[place] = digit;
    });
  }
  return { count, exampleShape: [28, 28, 1], examples, labels, generated };
}

const short = (metrics) => Object.fromEntries(Object.entries(metrics).filter(([name]) => !/classes\/\d|score|Norm/.test(name)).map(([name, value]) => [name, Number(value.toPrecision(4))]));

const [steps = '8000', seed = '1', options = '{}'] = process.argv.slice(2);
await main(Number(steps), Number(seed), JSON.parse(options));
// TensorFlow's threads would keep the process.
process.exit(0);
