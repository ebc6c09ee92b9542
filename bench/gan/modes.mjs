// Modes of a mixture of Gaussians that a GAN finds: a ring of 8 (radius 2, deviation 0.02), or a grid of 25 (2 apart, deviation 0.05; Srivastava et al., 2017).
// `node bench/gan/modes.mjs ring|grid [FIRST_SEED] [LAST_SEED] [STEPS]`; prints a line of JSON a seed. After `npm run build`.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const core = require('../../libs/core/dist/index.js');

const CASES = {
  ring: { deviation: 0.02, centres: Array.from({ length: 8 }, (_, at) => [2 * Math.cos((Math.PI * at) / 4), 2 * Math.sin((Math.PI * at) / 4)]) },
  grid: { deviation: 0.05, centres: Array.from({ length: 25 }, (_, at) => [2 * (at % 5) - 4, 2 * Math.floor(at / 5) - 4]) },
};
const BATCH = 512;
const ROUND_STEPS = 500;
const MEASURED = 2500;
/** A mode counts as found by this share of what an equal share would be (within three deviations of its centre). */
const FOUND = 0.1;

function draw({ centres, deviation }, seed, count) {
  const [uniform, normal] = [core.uniformNumbers(seed), core.normalNumbers(seed)];
  const data = new Float32Array(2 * count);
  for (let at = 0; at < count; at += 1) {
    const [x, y] = centres[Math.floor(uniform() * centres.length)];
    data.set([x + deviation * normal(), y + deviation * normal()], 2 * at);
  }
  return { inputs: { x: { dtype: 'float32', shape: [count, 2], data } }, count };
}

function modesOf({ centres, deviation }, points) {
  const hits = centres.map(() => 0);
  for (let at = 0; at < points.length; at += 2) centres.forEach(([x, y], mode) => Math.hypot(points[at] - x, points[at + 1] - y) < 3 * deviation && (hits[mode] += 1));
  const count = points.length / 2;
  return { modes: hits.filter((hit) => hit > (FOUND * count) / centres.length).length, of: centres.length, withinThreeDeviations: hits.reduce((a, b) => a + b, 0) / count };
}

export async function findModes(name, seed, steps, { spec = {}, training = {}, round = ROUND_STEPS, batch: size = BATCH } = {}) {
  const mixture = CASES[name];
  const scale = Math.sqrt(mixture.centres.reduce((sum, [x]) => sum + x * x, 0) / mixture.centres.length);
  const full = {
    exampleShape: [2], architecture: { kind: 'dense', units: [128, 128, 128] }, latentSize: 2, mode: 'unconditional', classes: 0, loss: 'nonSaturating',
    spectralNormalization: false, minibatchDeviation: true, instanceNoise: 0, columns: { mean: [0, 0], standardDeviation: [scale, scale] }, ...spec,
  };
  const gan = core.buildGan(full, seed);
  const [seen, heldOut] = [draw(mixture, 1_000_001, 1000), draw(mixture, 1_000_002, 1000)];
  const quality = new core.Quality(core.plainFeatures(full), { heldOut: heldOut.inputs.x, seen: seen.inputs.x, searched: seen.inputs.x });
  const findings = [];
  const curve = [];
  const trainer = new core.GanTrainer({
    gan, seen, heldOut, seed, epochs: Math.ceil(steps / round), roundSteps: round,
    training: { stepsPerEpoch: round, batch: (epoch, step) => draw(mixture, core.deriveSeed(seed, epoch, step), size) },
    discriminatorLearningRate: 0.002, generatorLearningRate: 0.002, schedule: 'warmupCosine', beta2: 0.999, emaDecay: 0.999, r1: 1, r1Final: 0.015, balance: { patience: 0, act: false }, ...training,
    quality: { count: 1000, measure: (generated) => quality.measure(generated) },
    onEvent: (event) => {
      if (event.type === 'diagnostic') findings.push({ step: event.step, verdict: event.verdict, remedy: event.remedy });
      if (event.type === 'epochEnd') curve.push(Number(event.metrics.distance.toPrecision(3)));
    },
  });
  const began = process.cpuUsage();
  const { outcome } = await trainer.train();
  const used = process.cpuUsage(began);
  const found = modesOf(mixture, trainer.generate(MEASURED, 7).data);
  const result = { case: name, seed, outcome, ...found, ...trainer.compute, cpuSeconds: Math.round((used.user + used.system) / 1e6), curve, findings };
  trainer.dispose();
  gan.dispose();
  return result;
}

if (process.argv[1] === import.meta.filename) {
  const [name = 'ring', first = '1', last = '10', steps = '12000', options = '{}'] = process.argv.slice(2);
  if (!CASES[name]) throw new Error(`received case ${name}, expected one of ${Object.keys(CASES).join(', ')}`);
  core.startEngine({ intraOpThreads: 1 });
  for (let seed = Number(first); seed <= Number(last); seed += 1) console.log(JSON.stringify(await findModes(name, seed, Number(steps), JSON.parse(options))));
  // TensorFlow's threads would keep the process.
  process.exit(0);
}
