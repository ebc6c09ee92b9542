// MNIST row by row: `node bench/rnn/rows.mjs [--seed n] [--epochs n] [--two-way] [--cell lstm|gru|simple]` (after `npm run build`). An image is a
// sequence of 28 steps of 28 numbers; the class is read off the last state. Trains on the 60,000 training images with core's Trainer, as
// the service does, and tests once, at the end, on the 10,000 test images. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { core, float32, int32, runMain, say } from './process.mjs';

const { epochOrder, resolveBuiltin } = createRequire(import.meta.url)('../../libs/data/dist');

const USAGE = `node bench/rnn/rows.mjs [options]
  --seed n      default 1
  --epochs n    default 8
  --two-way     from both ends, 88 units each: as many weights as 128 in one direction
  --cell name   lstm (default), gru or simple
`;
const [SIDE, CLASSES, BATCH, RATE] = [28, 10, 128, 0.003];
const CELLS = { lstm: core.lstm, gru: core.gru, simple: core.simpleRnn };

async function load() {
  const { files } = await resolveBuiltin('mnist', process.env.QUARTET_CACHE || join(homedir(), '.cache', 'quartet'));
  const part = (name) => ({ images: readFileSync(files.get(`${name}-images-idx3-ubyte`)).subarray(16), labels: readFileSync(files.get(`${name}-labels-idx1-ubyte`)).subarray(8) });
  return { train: part('train'), test: part('t10k') };
}

function batchOf({ images, labels }, rows, size = rows.length) {
  const x = new Float32Array(size * SIDE * SIDE);
  const y = new Int32Array(size);
  rows.forEach((row, index) => {
    for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) x[index * SIDE * SIDE + pixel] = images[row * SIDE * SIDE + pixel] / 255;
    y[index] = labels[row];
  });
  return { inputs: { x: float32([size, SIDE, SIDE], x), y: int32([size], y) }, count: rows.length };
}

function modelOf(seed, cell, twoWay) {
  const parameters = new core.Parameters(seed);
  const make = CELLS[cell];
  const layer = twoWay
    ? core.bidirectional(parameters.scope('recurrent'), (scope) => make(scope, SIDE, 88))
    : make(parameters.scope('recurrent'), SIDE, 128);
  const drop = core.dropout(parameters.scope('dropout'), 0.2);
  const logits = core.dense(parameters.scope('logits'), layer.units, CLASSES, { initializer: core.initializers.smallOutput });
  const objective = {
    weights: parameters.all,
    metrics: ['accuracy'],
    fingerprint: { cell, twoWay },
    check: () => {},
    compute({ inputs: { x, y }, exampleWeights, context }) {
      const answers = logits(drop(layer.apply(x, { inputGradient: false }).last, context), context);
      const mean = (each) => each.mul(exampleWeights).sum();
      return { loss: mean(core.softmaxCrossEntropy(answers, y)), metrics: { accuracy: mean(answers.argMax(1).equal(y).cast('float32')) } };
    },
  };
  return { objective, weights: parameters.all.reduce((sum, { variable }) => sum + variable.size, 0) };
}

async function main() {
  const { values } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, epochs: { type: 'string', default: '8' }, 'two-way': { type: 'boolean', default: false }, cell: { type: 'string', default: 'lstm' } },
  });
  const [seed, epochs] = [Number(values.seed), Number(values.epochs)];
  core.startEngine({ intraOpThreads: 1 });
  const { train, test } = await load();
  const { objective, weights } = modelOf(seed, values.cell, values['two-way']);
  const rows = Uint32Array.from({ length: train.labels.length }, (_, index) => index);
  const began = performance.now();
  const trainer = new core.Trainer({
    objective,
    training: { stepsPerEpoch: Math.floor(rows.length / BATCH), batch: (epoch, step) => batchOf(train, epochOrder(rows, seed, epoch).subarray(step * BATCH, (step + 1) * BATCH)) },
    epochs,
    seed,
    learningRate: RATE,
    schedule: 'warmupCosine',
    clip: { globalNorm: 1 },
    onEvent: (event) => {
      if (event.type === 'epochEnd') say(`epoch ${event.epoch}: loss ${event.metrics.loss.toFixed(4)}, accuracy ${event.metrics.accuracy.toFixed(4)}, ${event.seconds.toFixed(0)} s`);
      if (event.type === 'diagnostic') say(`${event.verdict}: ${event.evidence}`);
    },
  });
  const { step } = await trainer.train();
  const seconds = Math.round((performance.now() - began) / 1000);
  const batches = function* () {
    for (let at = 0; at < test.labels.length; at += 500) yield batchOf(test, Uint32Array.from({ length: 500 }, (_, index) => at + index));
  };
  const { accuracy, loss } = await trainer.evaluate({ batches });
  process.stdout.write(`${JSON.stringify({ cell: values.cell, directions: values['two-way'] ? 2 : 1, weights, seed, epochs, steps: step, seconds, testAccuracy: accuracy, testLoss: loss })}\n`);
}

await runMain(main, USAGE);
// TensorFlow's threads would keep the process.
process.exit();
