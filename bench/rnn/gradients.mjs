// Vanishing gradients on the adding task: `node bench/rnn/gradients.mjs` (after `npm run build`). Trains a simple net, a GRU and LSTMs on
// sequences of 200 steps, watches |dL/dh_t| over time, and says who solves the task and whose gradient vanished. Named in advance: the
// simple net's vanishes within its first 200 training steps, and it learns nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { addingBatch, GUESSING, SOLVED } from './gradients-task.mjs';
import { curvesSvg } from './gradients-plot.mjs';
import { core, float32, runMain, say } from './process.mjs';

const require = createRequire(import.meta.url);
const { clipGradients } = require('../../libs/core/dist/optimizers/clip');

const USAGE = `node bench/rnn/gradients.mjs [options]
  --nets a,b        of rnn, lstm, lstm-chrono, gru; default all
  --length n        of the sequences, default 200
  --steps n         of training at most, default 4000; a net that has solved the task stops
  --seed n          default 1
  --output folder   for the report with its plot, default tmp/rnn-gradients
`;
const [UNITS, BATCH, RATE] = [64, 64, 0.005];
/** Training steps between looks at the gradients, at first and later. */
const PROBES = { early: 20, until: 200, later: 200 };

const NETS = {
  rnn: { title: 'simple RNN (tanh, orthogonal)', make: (p) => core.simpleRnn(p, 2, UNITS) },
  lstm: { title: 'LSTM, forget bias 1', make: (p) => core.lstm(p, 2, UNITS) },
  'lstm-chrono': { title: 'LSTM, gates started for the length', make: chronoLstm },
  gru: { title: 'GRU', make: (p) => core.gru(p, 2, UNITS) },
};

/**
 * Memories of 1 to `length` steps from the start, evenly spread (Tallec and Ollivier, 2018): forget bias ln(u), u uniform in 1 to
 * length - 1, and the input gate as much shut as the forget gate is open.
 */
function chronoLstm(parameters, length) {
  const layer = core.lstm(parameters, 2, UNITS);
  const random = core.uniformNumbers(7);
  const forget = Array.from({ length: UNITS }, () => Math.log(1 + (length - 2) * random()));
  const none = new Array(UNITS).fill(0);
  const { variable } = parameters.all.find(({ name }) => name === `${parameters.prefix}bias`);
  // In Keras' order of gates: input, forget, cell, output.
  core.tf().tidy(() => variable.assign(core.tf().tensor1d([...forget.map((bias) => -bias), ...forget, ...none, ...none])));
  return layer;
}

function trainNet(name, { length, steps, seed }) {
  const parameters = new core.Parameters(seed);
  const layer = NETS[name].make(parameters.scope('recurrent'), length);
  const output = core.dense(parameters.scope('output'), UNITS, 1);
  const optimizer = new core.Optimizer({ kind: 'adam' }, parameters.all);
  const variables = parameters.all.map(({ variable }) => variable);
  const program = new core.Program([...parameters.all, ...optimizer.slots]);
  const step = program.step('train', ({ x, y, rate }) => {
    let norms;
    const lossOf = () => {
      const { last } = layer.apply(x, { inputGradient: false, onTimeGradients: (given) => (norms = given) });
      return output(last, { training: true }).sub(y).square().mean();
    };
    const { value: loss, grads } = core.tf().variableGrads(lossOf, variables);
    const gradients = clipGradients(variables.map((variable) => grads[variable.name]), { globalNorm: 1 });
    optimizer.apply(gradients, { rate, decay: core.tf().scalar(0) });
    return { outputs: { loss, norms } };
  });
  const probes = [];
  const losses = [];
  const start = performance.now();
  for (let done = 1; done <= steps; done += 1) {
    const probe = done === 1 || done % (done <= PROBES.until ? PROBES.early : PROBES.later) === 0;
    const rate = float32([], Float32Array.of(optimizer.coefficients(done, RATE).rate));
    const [loss, norms] = step.run({ ...addingBatch(length, BATCH, seed, 'adding', done).inputs, rate }, probe ? ['loss', 'norms'] : ['loss']);
    losses.push(loss.data[0]);
    if (probe) {
      probes.push({ step: done, norms: [...norms.data], ...core.judgeTimeGradients(norms.data) });
      const { ratio, reach, finding } = probes.at(-1);
      say(`${name} step ${done}: loss ${recent(losses).toFixed(4)}, reach ${reach}, first/last ${ratio.toExponential(1)}${finding ? `, ${finding.verdict}` : ''}`);
    }
    if (losses.length >= 50 && recent(losses) < SOLVED) break;
  }
  program.dispose();
  parameters.dispose();
  for (const { variable } of optimizer.slots) variable.dispose();
  const early = probes.filter((probe) => probe.step <= PROBES.until);
  return {
    name,
    title: NETS[name].title,
    steps: losses.length,
    loss: recent(losses),
    solved: recent(losses) < SOLVED,
    // Said of a net only if three looks in a row say so.
    verdict: early.slice(-3).every((probe) => probe.finding?.verdict === 'vanishing') ? early.at(-1).finding : undefined,
    earlyReach: early.at(-1).reach,
    lastReach: probes.at(-1).reach,
    probes,
    seconds: (performance.now() - start) / 1000,
  };
}

/** Mean over the last 50 steps. */
function recent(losses) {
  const last = losses.slice(-50);
  return last.reduce((sum, loss) => sum + loss, 0) / last.length;
}

async function main() {
  const { values } = parseArgs({
    options: {
      nets: { type: 'string', default: Object.keys(NETS).join(',') },
      length: { type: 'string', default: '200' },
      steps: { type: 'string', default: '4000' },
      seed: { type: 'string', default: '1' },
      output: { type: 'string', default: 'tmp/rnn-gradients' },
    },
  });
  const [length, steps, seed] = [values.length, values.steps, values.seed].map(Number);
  core.startEngine();
  const results = values.nets.split(',').map((name) => trainNet(name, { length, steps, seed }));
  const rows = results.map(({ title, solved, loss, steps: taken, verdict, earlyReach, lastReach }) => [
    title,
    solved ? `solved in ${taken} steps` : `not solved in ${taken} steps`,
    loss.toFixed(4),
    `${verdict ? 'vanishing' : 'none'}, reach ${earlyReach}`,
    String(lastReach),
  ]);
  const table = [['net', `adding task, length ${length}`, 'mean squared error', `verdict after ${PROBES.until} steps`, 'reach at the end'], ['---', '---', '---', '---', '---'], ...rows];
  const report = [
    `# Gradients through time`,
    '',
    `Guessing has a mean squared error of ${GUESSING.toFixed(4)}; below ${SOLVED} the task counts as solved. ${UNITS} units, batch ${BATCH}, Adam ${RATE}, clipped to norm 1, seed ${seed}. ${describeMachine()}.`,
    '',
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...results.flatMap(({ title, verdict }) => (verdict ? [`- ${title}: ${verdict.evidence}. Remedy: ${verdict.remedy}.`] : [])),
    '',
    '![|dL/dh_t| over time](curves.svg)',
    '',
  ].join('\n');
  mkdirSync(values.output, { recursive: true });
  writeFileSync(join(values.output, 'report.md'), report);
  writeFileSync(join(values.output, 'curves.svg'), curvesSvg(results, length));
  writeFileSync(join(values.output, 'results.json'), `${JSON.stringify({ length, seed, results }, null, 1)}\n`);
  process.stdout.write(report);
}

await runMain(main, USAGE);
