// What goes wrong with gradients through time, and each remedy: `node bench/rnn/remedies.mjs [--cases a,b] [--seed n]` (after `npm run build`).
// Each case is a training that fails, its verdict named in advance, and the same training with one thing changed, which solves the task. The
// verdicts are those that every training of a recurrent net is watched with. Writes a report with plots.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { COPY_GUESSING, COPY_SOLVED, copyBatch, SYMBOLS } from './copy-task.mjs';
import { addingBatch, GUESSING, SOLVED } from './gradients-task.mjs';
import { core, float32, runMain, say } from './process.mjs';
import { remediesSvg } from './remedies-plot.mjs';

const USAGE = `node bench/rnn/remedies.mjs [options]
  --cases a,b       default all
  --seed n          default 1
  --output folder   for the report with its plots, default tmp/rnn-remedies
`;
const [UNITS, BATCH, LOOK] = [32, 32, 25];
const { orthogonal, glorotUniform } = core.initializers;

/** Numbers, and as answer the sum of the last three. */
function recentBatch(length, size, ...seed) {
  const random = core.uniformNumbers(core.deriveSeed(...seed));
  const x = Float32Array.from({ length: size * length }, random);
  const y = Float32Array.from({ length: size }, (_, row) => x.subarray((row + 1) * length - 3, (row + 1) * length).reduce((sum, value) => sum + value, 0));
  return { inputs: { x: float32([size, length, 1], x), y: float32([size, 1], y) }, count: size };
}

const squared = (answers, y) => answers.sub(y).square().mean(1);
const TASKS = {
  adding: { inputs: 2, outputs: 1, guessing: GUESSING, solved: SOLVED, batch: addingBatch, loss: squared },
  copy: { inputs: SYMBOLS + 1, outputs: SYMBOLS, guessing: COPY_GUESSING, solved: COPY_SOLVED, batch: copyBatch, loss: (answers, y) => core.softmaxCrossEntropy(answers, y) },
  // Three numbers of variance 1/12.
  recent: { inputs: 1, outputs: 1, guessing: 1 / 4, solved: 0.05, batch: recentBatch, loss: squared },
};
const simple = (options = {}) => (p, inputs) => core.simpleRnn(p, inputs, UNITS, options);
const lstm = (options = {}) => (p, inputs) => core.lstm(p, inputs, UNITS, options);
const gru = (options = {}) => (p, inputs) => core.gru(p, inputs, UNITS, options);
const glorot = simple({ recurrentInitializer: glorotUniform });
/** Halves its state, and what comes back through it, with each step. */
const shrinking = simple({ recurrentInitializer: orthogonal(0.5) });
const growing = simple({ recurrentInitializer: orthogonal(1.5), activation: 'relu' });
const chaotic = simple({ recurrentInitializer: orthogonal(2) });
const sgd = (learningRate, more = {}) => ({ optimizer: 'sgd', learningRate, onNotFinite: { action: 'stop' }, ...more });

/** Adam divides a gradient by its own size, and so learns from one of a billionth what a machine without noise tells it; SGD doesn't. */
const PLAIN = sgd(0.1, { clip: { globalNorm: 1 } });

/** `expected`: verdicts of the failing run, one of which was named before it was run. The two runs differ in what the title says alone. */
const CASES = {
  lstm: { title: 'an LSTM with open gates in place of a simple net', task: 'adding', steps: 1500, expected: ['vanishing'], failing: ['simple net, 60 steps', 60, glorot], remedied: ['LSTM, memory 60', 60, lstm({ memory: 60 })] },
  gru: { title: 'a GRU with open gates in place of a simple net', task: 'adding', steps: 1500, expected: ['vanishing'], failing: ['simple net, 60 steps', 60, glorot], remedied: ['GRU, memory 60', 60, gru({ memory: 60 })] },
  orthogonal: { title: 'an orthogonal start', task: 'copy', expected: ['vanishing'], failing: ['simple net of spectral radius 0.5, 30 steps, SGD', 30, shrinking, PLAIN], remedied: ['orthogonal, of radius 1', 30, simple(), PLAIN] },
  'forget-bias': { title: 'a forget gate that starts open', task: 'copy', expected: ['vanishing'], failing: ['LSTM, 60 steps, forget bias -1', 60, lstm({ forgetBias: -1 })], remedied: ['forget bias 4', 60, lstm({ forgetBias: 4 })] },
  normalization: { title: 'layer normalization', task: 'copy', expected: ['vanishing'], failing: ['simple net of spectral radius 0.5, 30 steps, SGD', 30, shrinking, PLAIN], remedied: ['normalized', 30, simple({ recurrentInitializer: orthogonal(0.5), normalize: true }), PLAIN] },
  shorter: { title: 'shorter sequences', task: 'copy', expected: ['vanishing'], failing: ['simple net of spectral radius 0.5, 30 steps, SGD', 30, shrinking, PLAIN], remedied: ['6 steps', 6, shrinking, PLAIN] },
  clipping: { title: 'clipping', task: 'copy', expected: ['exploding', 'not_finite'], failing: ['ReLU net that grows, 30 steps, SGD 0.1', 30, growing, sgd(0.1)], remedied: ['clipped to norm 0.5', 30, growing, sgd(0.1, { clip: { globalNorm: 0.5 } })] },
  rate: { title: 'a lower rate', task: 'recent', expected: ['exploding', 'not_finite'], failing: ['ReLU net, 20 steps, SGD 3', 20, simple({ activation: 'relu' }), sgd(3)], remedied: ['SGD 0.01', 20, simple({ activation: 'relu' }), sgd(0.01)] },
  truncation: { title: 'truncated backpropagation', task: 'recent', expected: ['exploding', 'not_finite'], failing: ['simple net of spectral radius 2, 100 steps, SGD 0.05', 100, chaotic, sgd(0.05)], remedied: ['cut off after 3 steps', 100, (p, inputs) => core.truncated(chaotic(p, inputs), 3), sgd(0.05)] },
};

/** Trains until the task is solved, the training fails, or the steps are used up. */
async function train({ task: taskName, steps = 1000 }, [name, length, make, options = { learningRate: 0.005, clip: { globalNorm: 1 } }], seed) {
  const task = TASKS[taskName];
  const parameters = new core.Parameters(seed);
  const layer = make(parameters.scope('net'), task.inputs);
  const output = core.dense(parameters.scope('output'), layer.units, task.outputs);
  const objective = {
    weights: parameters.all,
    metrics: [],
    fingerprint: name,
    check: () => {},
    compute({ inputs, exampleWeights, context }) {
      const { last } = layer.apply(inputs.x, { ...core.watching(context, 'net'), inputGradient: false });
      return { loss: task.loss(output(last, context), inputs.y).mul(exampleWeights).sum() };
    },
  };
  const done = new AbortController();
  const losses = [];
  const findings = [];
  const trainer = new core.Trainer({
    ...options,
    objective,
    seed,
    epochs: 1,
    training: { stepsPerEpoch: steps, batch: (_, step) => task.batch(length, BATCH, seed, taskName, step) },
    diagnosticsEverySteps: LOOK,
    progressEveryMs: 0,
    onEvent: (event) => {
      if (event.type === 'diagnostic') findings.push(event);
      if (event.type !== 'progress') return;
      losses.push(event.metrics['step/loss']);
      if (losses.length >= 20 && recent(losses) < task.solved) done.abort();
    },
  });
  const { outcome } = await trainer.train(done.signal);
  const { first, last } = trainer.throughTime;
  trainer.dispose();
  parameters.dispose();
  const solved = recent(losses) < task.solved;
  const result = { name, solved, steps: losses.length, loss: outcome === 'notFinite' ? NaN : recent(losses), findings, first, last };
  say(`${name}: ${solved ? 'solved' : outcome}, ${losses.length} steps, loss ${recent(losses).toFixed(4)}; ${findings.map(({ verdict, step, evidence }) => `${verdict} at ${step}: ${evidence}`).join('; ') || 'no verdict'}`);
  return result;
}

const recent = (losses) => losses.slice(-20).reduce((sum, loss) => sum + loss, 0) / Math.min(losses.length, 20);

async function main() {
  const { values } = parseArgs({
    options: { cases: { type: 'string', default: Object.keys(CASES).join(',') }, seed: { type: 'string', default: '1' }, output: { type: 'string', default: 'tmp/rnn-remedies' } },
  });
  core.startEngine({ intraOpThreads: 1 });
  const results = [];
  for (const name of values.cases.split(',')) {
    const each = CASES[name];
    const [failing, remedied] = [await train(each, each.failing, Number(values.seed)), await train(each, each.remedied, Number(values.seed))];
    const verdict = failing.findings.find((finding) => each.expected.includes(finding.verdict));
    results.push({ case: name, title: each.title, task: each.task, expected: each.expected, verdict, asExpected: Boolean(verdict) && !failing.solved && remedied.solved, failing, remedied });
  }
  const told = ({ name, solved, steps, loss }) => `${name}: ${solved ? `solved in ${steps} steps` : `not solved (${Number.isNaN(loss) ? 'not finite' : loss.toFixed(3)})`}`;
  const rows = results.map(({ title, task, expected, verdict, failing, remedied }) => [title, task, told(failing), expected.join(' or '), verdict ? `${verdict.verdict} at step ${verdict.step}` : 'none', told(remedied)]);
  const table = [['remedy', 'task', 'without', 'named in advance', 'verdict', 'with'], new Array(6).fill('---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const report = ['# Gradients through time, and what helps', '', `${UNITS} units, batch ${BATCH}, seed ${values.seed}. ${describeMachine()}.`, '', ...table, '', ...results.map(({ case: name }) => `![${name}](${name}.svg)`), ''].join('\n');
  mkdirSync(values.output, { recursive: true });
  writeFileSync(join(values.output, 'report.md'), report);
  writeFileSync(join(values.output, 'results.json'), `${JSON.stringify({ seed: Number(values.seed), results }, null, 1)}\n`);
  for (const result of results) writeFileSync(join(values.output, `${result.case}.svg`), remediesSvg([result]));
  writeFileSync(join(values.output, 'remedies.svg'), remediesSvg(results));
  process.stdout.write(report);
}

await runMain(main, USAGE);
// TensorFlow's threads would keep the process.
process.exit();
