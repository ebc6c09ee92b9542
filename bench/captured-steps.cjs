// Captured against eager steps: `npm run build && node_modules/.bin/node bench/captured-steps.cjs`. The two alternate in one run; prints the
// median milliseconds of a step of each and their ratio. Model and batch are those of the usual MNIST example.
const { cpus } = require('node:os');
const core = require('../libs/core/dist');

const BATCH = 128;
const ROUNDS = 5;
const STEPS = 20;

const conv = (filters) => ({ kind: 'conv2d', filters, kernelSize: 3, activation: 'relu' });
const spec = {
  inputShape: [28, 28, 1],
  layers: [conv(32), conv(64), { kind: 'maxPool2d', size: 2 }, { kind: 'flatten' }, { kind: 'dense', units: 128, activation: 'relu' }],
  classes: 10,
};

/** Noise: a step costs the same whatever is in the images. */
function batchOf(seed) {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const x = Float32Array.from({ length: BATCH * 784 }, next);
  const y = Int32Array.from({ length: BATCH }, () => Math.floor(next() * 10));
  return core.labelledBatch(x, [BATCH, 28, 28, 1], y);
}

function subject(name, eager) {
  const network = core.buildNetwork(spec, 1);
  const batches = Array.from({ length: 8 }, (_, i) => batchOf(i + 1));
  const times = [];
  let last;
  const training = {
    stepsPerEpoch: STEPS,
    batch: (_epoch, step) => {
      const now = performance.now();
      if (last !== undefined && step > 0) times.push(now - last);
      last = now;
      return batches[step % batches.length];
    },
  };
  // One epoch of a round at a time, so that the two alternate on a machine whose speed drifts.
  const run = async () => {
    last = undefined;
    const trainer = new core.Trainer({ objective: core.classificationObjective(network), training, epochs: 1, learningRate: 0.001, eager });
    await trainer.train();
    trainer.dispose();
  };
  return { name, times, run };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function main() {
  const { tensorflow } = core.startEngine();
  const [captured, eager] = [subject('captured', false), subject('eager', true)];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const each of [captured, eager]) {
      await each.run();
      if (round === 0) each.times.length = 0; // Warm-up.
    }
  }
  console.log(`TensorFlow ${tensorflow}, ${cpus().length} x ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}`);
  for (const { name, times } of [captured, eager]) console.log(`${name.padEnd(9)} ${median(times).toFixed(1)} ms a step (median of ${times.length})`);
  console.log(`eager / captured: ${(median(eager.times) / median(captured.times)).toFixed(2)}`);
}

void main();
