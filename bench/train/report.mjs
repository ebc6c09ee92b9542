// The results as Markdown.
import { BATCHES } from './compare.mjs';
import { infers, isExtra, titleOf } from './contenders.mjs';
import { median } from './statistics.mjs';

/** @param results of compare. @param facts `{ machine, date, load, command, names, plan }` */
export function reportOf(results, facts) {
  const { names } = facts;
  const peers = names.filter((name) => name !== 'quartet' && !isExtra(name));
  return [
    trainingTable(results, names, peers),
    inferenceTables(results, names),
    costTables(results, names),
    curveTable(results, names),
    `## On what\n\n${facts.machine}. ${facts.date}. ${versionsOf(results)}.\n\n${notes(results, facts)}`,
  ].join('\n\n');
}

function trainingTable(results, names, peers) {
  const rows = results.map(({ model, contenders }) => [
    model.title,
    ...names.map((name) => (contenders[name] ? stepTimes(contenders[name].step) : '')),
    ...peers.map((peer) => ratio(contenders, [peer])),
    ratio(contenders, ['keras', 'torch']),
  ]);
  const head = ['model', ...names.map(titleOf), ...peers.map((peer) => `${titleOf(peer)} / Quartet`), 'faster peer / Quartet'];
  return `## Training\n\nMilliseconds a step: median of the rounds (fastest round). The ratios are medians of the rounds' own ratios; above 1, Quartet is faster. The faster peer is that of Keras and PyTorch (NCHW) in each round.\n\n${table(head, rows)}`;
}

function inferenceTables(results, all) {
  const names = all.filter(infers);
  const [one, many] = BATCHES;
  const tableOf = (batch, figureOf) =>
    contenderTable(results, names, ({ infer }) => figureOf(median(infer[batch])), 'Quartet / PyTorch', ({ quartet, torch }) =>
      quartet && torch ? median(quartet.infer[batch].map((ms, round) => ms / torch.infer[batch][round])).toFixed(2) : '',
    );
  return [
    '## Inference',
    'In process, from host memory to host memory. Quartet runs the exported model as a service does, Keras a `tf.function`, which is faster than `predict`, PyTorch in inference mode. The ratios are of times: below 1, Quartet is faster.',
    `Latency of one example, milliseconds:`,
    tableOf(one, figure),
    `Throughput in batches of ${many}, examples a second:`,
    tableOf(many, (ms) => Math.round((many / ms) * 1e3).toLocaleString('en')),
  ].join('\n\n');
}

function costTables(results, names) {
  return [
    '## Memory and first step',
    'Peak resident memory of the process after training, MiB, the framework itself included:',
    contenderTable(results, names, ({ peakBytes }) => mebibytes(peakBytes), 'Quartet / Keras', ({ quartet, keras }) => (quartet && keras ? (quartet.peakBytes / keras.peakBytes).toFixed(2) : '')),
    'The first step, seconds, with what is done once: for Quartet recording, building the graph, loading and running it.',
    contenderTable(results, names, ({ firstMs }) => (firstMs / 1e3).toFixed(2)),
  ].join('\n\n');
}

/** A row a model, a column a contender, and perhaps one more. */
function contenderTable(results, names, cellOf, last, lastOf) {
  const rows = results.map(({ model, contenders }) => [
    model.name,
    ...names.map((name) => (contenders[name] ? cellOf(contenders[name]) : '')),
    ...(last ? [lastOf(contenders)] : []),
  ]);
  return table(['model', ...names.map(titleOf), ...(last ? [last] : [])], rows);
}

function curveTable(results, names) {
  const compared = names.filter((name) => results.some(({ curves }) => curves.differences[name] !== undefined));
  const rows = results.map(({ model, contenders, curves }) => {
    const { losses } = contenders[curves.reference];
    const at = (step) => losses.slice(step * model.losses, (step + 1) * model.losses).map((loss) => loss.toPrecision(4)).join(', ');
    const steps = losses.length / model.losses;
    return [model.name, String(steps), at(0), at(steps - 1), ...compared.map((name) => curves.differences[name]?.toExponential(1) ?? '')];
  });
  const head = ['model', 'steps', 'first loss', 'last loss', ...compared.map(titleOf)];
  return `## The same loss curve\n\nFrom equal weights on equal batches; the reference is Keras. The largest relative difference of a step's loss is shown; more than rounding ends the benchmark (bfloat16 may differ by a quarter).\n\n${table(head, rows)}`;
}

function notes(results, { command, names, plan, load }) {
  const exceptions = results.flatMap(({ model }) => Object.entries(model.exceptions).filter(([name]) => names.includes(name)).map(([name, why]) => `- ${model.name}, ${titleOf(name)}: loss not compared, because ${why}.`));
  const jit = new Set(results.map(({ contenders }) => contenders.keras?.notes.jit_compile).filter((value) => value !== undefined));
  return [
    `\`${command}\`: ${plan.rounds} ${plan.rounds === 1 ? 'round' : 'rounds'} of ${plan.roundMs / 1e3} s each, in which the contenders take turns, each in a process of its own, the others idle. Each may use all cores. Load of the machine before the run: ${load.toFixed(2)}.`,
    '',
    "- Quartet runs with the environment of its training processes (`engineEnvironment()`, with one thread within an operation for recurrent nets); a step's time contains the copy of its batch.",
    '- tfjs, Keras and PyTorch run with their defaults. tfjs and PyTorch have their batches as tensors beforehand; Keras reads them from a `tf.data` set of ready batches, and its time is that of the epoch within `fit`.',
    ...(jit.size > 0 ? [`- Keras' default for \`jit_compile\` is ${[...jit].join(' and ')} here.`] : []),
    "- PyTorch's padding of a convolution of stride 2 is TensorFlow's while the losses are compared and its own while time is taken, as the former costs it a copy. Of its two LSTM biases one is held at 0.",
    '- Adam everywhere, epsilon 1e-7 by TensorFlow\'s definition. Batch normalization with momentum 0.99, epsilon 0.001.',
    ...exceptions,
  ].join('\n');
}

function versionsOf(results) {
  const titles = { quartet: 'Quartet', tfjs: 'tfjs', tensorflow: 'TensorFlow', keras: 'Keras', torch: 'PyTorch', node: 'Node' };
  const versions = Object.assign({}, ...results.flatMap(({ contenders }) => Object.values(contenders).map((each) => each.versions)));
  return Object.entries(versions).map(([name, version]) => `${titles[name] ?? name} ${version}`).join(', ');
}

const stepTimes = (times) => `${figure(median(times))} (${figure(Math.min(...times))})`;
const figure = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const mebibytes = (bytes) => Math.round(bytes / 2 ** 20).toLocaleString('en');

/** Median over the rounds of the fastest of the peers by Quartet. */
function ratio({ quartet, ...others }, peers) {
  const present = peers.map((peer) => others[peer]).filter(Boolean);
  if (!quartet || present.length < peers.length) return '';
  return median(quartet.step.map((ms, round) => Math.min(...present.map(({ step }) => step[round])) / ms)).toFixed(2);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
