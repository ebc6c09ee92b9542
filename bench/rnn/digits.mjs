// Spoken digit strings: `node bench/rnn/digits.mjs --minutes 10` (after `npm run build`). Log-mel frames into a bidirectional LSTM with
// CTC; strings of 3 to 5 digits joined from recordings of five voices in five languages, with speed, loudness and noise drawn anew.
// Reports the word error rate (of digits) on strings never joined before, by voice, and on a voice never heard.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { trainFor } from './budget.mjs';
import { loadUnheardVoice, loadVoices, SAMPLE_RATE, sayDigits } from './digits-data.mjs';
import { core, float32, int32, runMain, say, shuffled } from './process.mjs';

const USAGE = `node bench/rnn/digits.mjs [options]
  --minutes n       of training, default 10
  --seed n          of weights and training strings; default 1
  --units n         of each direction, default 64
  --one-way         a forward LSTM only, to compare
  --json file       also writes the numbers
`;
const [BATCH, BANDS, STACKED, CLASSES] = [32, 40, 3, 11];
/** Steps of three 10 ms frames each that a batch is padded to. */
const STEPS = 190;
const [STRING, LONGEST] = [{ least: 3, most: 5 }, 5];
const TEST_STRINGS = 400;
/** Different strings that are learnt from, in an order of its own each time around. */
const POOL = 3000;

const frontEnd = new core.LogMel({ sampleRate: SAMPLE_RATE, bands: BANDS });

/** A string with its features, [steps, 120]: three frames in one step make the sequence a third as long. */
function example(voices, ...seed) {
  const { voice, labels, samples } = sayDigits(voices, STRING, ...seed);
  const { data, shape } = core.stackFrames(core.normalizeBands(frontEnd.frames({ samples, sampleRate: SAMPLE_RATE })), STACKED);
  const steps = Math.min(STEPS, shape[0]);
  return { voice, labels, steps, data: data.subarray(0, steps * shape[1]) };
}

/** The training's strings: each made when it is first wanted. */
class Pool {
  constructor(voices, seed) {
    Object.assign(this, { voices, seed, known: new Map(), pass: -1 });
  }

  /** @param index Of all batches of the training, from 0. */
  batch(index) {
    const perPass = Math.floor(POOL / BATCH);
    const pass = Math.floor(index / perPass);
    if (pass !== this.pass) Object.assign(this, { pass, order: shuffled(POOL, this.seed, 'pass', pass) });
    const start = (index % perPass) * BATCH;
    return batchOf(Array.from(this.order.subarray(start, start + BATCH), (at) => this.at(at)));
  }

  at(index) {
    if (!this.known.has(index)) this.known.set(index, example(this.voices, this.seed, 'training', index));
    return this.known.get(index);
  }
}

function batchOf(strings) {
  const width = STACKED * BANDS;
  const [x, labels] = [new Float32Array(strings.length * STEPS * width), new Int32Array(strings.length * LONGEST)];
  strings.forEach((string, row) => {
    x.set(string.data, row * STEPS * width);
    labels.set(string.labels, row * LONGEST);
  });
  const count = strings.length;
  const lengths = (of) => int32([count], Int32Array.from(strings, of));
  return {
    inputs: { x: float32([count, STEPS, width], x), steps: lengths((string) => string.steps), labels: int32([count, LONGEST], labels), labelLengths: lengths((string) => string.labels.length) },
    count,
  };
}

function recognizer(seed, units, oneWay) {
  const parameters = new core.Parameters(seed);
  const make = (scope) => core.lstm(scope, STACKED * BANDS, units);
  const layer = oneWay ? make(parameters.scope('recurrent')) : core.bidirectional(parameters.scope('recurrent'), make);
  const output = core.dense(parameters.scope('output'), layer.units, CLASSES);
  const drop = core.dropout(parameters.scope('output'), 0.25);
  const logits = (x, lengths, context) => {
    const { steps } = layer.apply(x, { lengths, sequences: true, inputGradient: false });
    return output(drop(core.joinSteps(steps), context), context).transpose([1, 0, 2]);
  };
  const model = { weights: parameters.all, features: STACKED * BANDS, classes: CLASSES, logits, fingerprint: { units, oneWay } };
  return { model, objective: core.transcriptionObjective(model), dispose: () => parameters.dispose() };
}

/** Error rates of greedy and beam decoding, of all and by voice. */
function test({ model }, strings) {
  const program = new core.Program(model.weights);
  const step = program.step('recognize', ({ x, steps }) => ({ outputs: { logits: model.logits(x, steps, { training: false }) } }));
  const rates = { greedy: new core.ErrorRate(), beam: new core.ErrorRate() };
  const byVoice = new Map();
  for (let at = 0; at < strings.length; at += BATCH) {
    const some = strings.slice(at, at + BATCH);
    const { x, steps } = batchOf(some).inputs;
    const [logits] = step.run({ x, steps }, ['logits']);
    some.forEach(({ labels, voice }, row) => {
      const logProbabilities = Array.from({ length: steps.data[row] }, (_, t) => [...core.logSoftmax(logits.data.subarray((t * some.length + row) * CLASSES, (t * some.length + row + 1) * CLASSES))]).flat();
      const given = { logProbabilities, frames: steps.data[row], classes: CLASSES };
      const [best] = core.ctcBeamSearch(given, 8);
      rates.greedy.add([labels], core.ctcGreedy(given));
      rates.beam.add([labels], best.labels);
      const own = byVoice.get(voice) ?? new core.ErrorRate();
      own.add([labels], best.labels);
      byVoice.set(voice, own);
    });
  }
  program.dispose();
  const [greedy, beam] = [rates.greedy.report(), rates.beam.report()];
  return { greedy: greedy.rate, beam: beam.rate, stringsWrong: beam.sequenceErrorRate, byVoice: Object.fromEntries([...byVoice].map(([voice, rate]) => [voice, rate.report().rate])) };
}

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      units: { type: 'string', default: '64' },
      'one-way': { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const [minutes, seed, units] = [values.minutes, values.seed, values.units].map(Number);
  const [voices, unheard] = [loadVoices(), loadUnheardVoice()];
  const pool = new Pool(voices, seed);
  const trained = await trainFor({
    minutes,
    make: () => recognizer(seed, units, values['one-way']),
    batchAt: (index) => pool.batch(index),
    epochs: 10,
    examplesPerStep: BATCH,
    settings: { seed, learningRate: 0.003, schedule: 'warmupCosine', clip: { globalNorm: 5 }, diagnosticsEverySteps: 0 },
  });
  // Tests are the same for every seed of a training, and share no drawing with one.
  const strings = (from, count) => Array.from({ length: count }, (_, index) => example(from, 0, 'test', index));
  const heard = test(trained, strings(voices, TEST_STRINGS));
  const other = test(trained, strings([unheard], TEST_STRINGS / 4));
  trained.dispose();
  const percent = (share) => `${(share * 100).toFixed(2)} %`;
  process.stdout.write(
    `word error rate ${percent(heard.beam)} (greedy ${percent(heard.greedy)}) on ${TEST_STRINGS} new strings of the voices heard; ` +
      `${percent(other.beam)} on a voice never heard (${unheard.voice}); ${(trained.seconds / 60).toFixed(1)} min, ${trained.steps} steps, ` +
      `${values['one-way'] ? 'one direction' : 'both directions'}, seed ${seed}\n`,
  );
  for (const [voice, rate] of Object.entries(heard.byVoice)) process.stdout.write(`  ${voice}: ${percent(rate)}\n`);
  say(describeMachine());
  const { steps, seconds, stepMs, outcome } = trained;
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ heard, unheard: other, units, oneWay: values['one-way'], seed, steps, seconds, stepMs, outcome, machine: describeMachine() }, null, 1)}\n`);
}

await runMain(main, USAGE);
