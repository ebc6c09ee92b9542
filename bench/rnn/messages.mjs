// English to German or French messages of the TypeScript compiler: `node bench/rnn/messages.mjs --language de` (after `npm run build`). Trains
// the translator of the RNN family and compares it, on messages that it never saw, with what two translators without training give: one
// that copies the source, and one that gives the translation of the most similar message that it knows.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { trainPasses } from './budget.mjs';
import { core, runMain, say, shuffled } from './process.mjs';

const USAGE = `node bench/rnn/messages.mjs [options]
  --language name   de or fr, default de
  --seed n          of weights, order and dropout; default 1
  --epochs n        default 45
  --units n         default 128
  --dropout share   default 0.3
  --vocabulary n    byte pairs of each language, default 2000
  --batch n         default 32
  --rate x          of learning, default 0.004
  --copy            the decoder may copy; one vocabulary of byte pairs for both languages
  --memories n      each source is followed by the translations of the n most similar other messages that are known; default 0
  --views n         with which training sees each message, the most similar first; an epoch is all of them; default 1
  --part name       that is translated: validation or test (default)
  --json file       also writes the numbers
`;
const require = createRequire(import.meta.url);
const family = (module) => require(`../../services/rnn/dist/${module}`);
const [TEST, VALIDATION] = [200, 150];

async function main() {
  const { values } = parseArgs({
    options: {
      language: { type: 'string', default: 'de' },
      seed: { type: 'string', default: '1' },
      epochs: { type: 'string', default: '45' },
      units: { type: 'string', default: '128' },
      dropout: { type: 'string', default: '0.3' },
      vocabulary: { type: 'string', default: '2000' },
      batch: { type: 'string', default: '32' },
      rate: { type: 'string', default: '0.004' },
      copy: { type: 'boolean', default: false },
      memories: { type: 'string', default: '0' },
      views: { type: 'string', default: '1' },
      part: { type: 'string', default: 'test' },
      json: { type: 'string' },
    },
  });
  const [seed, epochs, units, dropout, batchSize, memories, views] = [values.seed, values.epochs, values.units, values.dropout, values.batch, values.memories, values.views].map(Number);
  const parts = messages(values.language);
  const spec = { kind: 3, maxVocabulary: Number(values.vocabulary), lowercase: false, minCount: 2 };
  const tokenizers = tokenizersOf(parts.train, spec, values.copy);
  const { bucketsFor, tokenizePairs } = family('translate/pairs');
  const { recalling, TranslationMemory } = family('translate/memory');
  const memory = new TranslationMemory(parts.train);
  const reading = (training) => (memories > 0 ? recalling(tokenizers.target, memory, { count: memories, most: 250, ...training }) : tokenizers.source);
  const recordsOf = (pairs) => ({ count: pairs.length, text: (row, field) => pairs[row][field === 'source' ? 0 : 1] });
  const inTokens = (pairs, training = {}) => tokenizePairs(recordsOf(pairs), reading(training), tokenizers.target, { source: 250, target: 100 }).pairs;
  const pairs = Array.from({ length: views }, (_, skip) => inTokens(parts.train, { other: true, skip })).flat();
  const plan = {
    buckets: bucketsFor([...pairs, ...inTokens(parts.validation)], batchSize),
    model: { sourceTokens: tokenizers.source.size, targetTokens: tokenizers.target.size, cell: 'lstm', units, layers: 1, bidirectional: true, embedding: 128, attention: 'luong', dropout, copy: values.copy },
  };
  const { PairBatches, evaluationPairs } = family('translate/batches');
  const training = new PairBatches(pairs, plan.buckets, batchSize, BigInt(seed));
  say(`${pairs.length} pairs, ${JSON.stringify(plan.buckets)}, ${tokenizers.source.size} and ${tokenizers.target.size} tokens, ${training.stepsPerEpoch} steps an epoch`);
  const make = () => {
    const network = family('translate/network').buildTranslator(plan, BigInt(seed));
    const objective = core.translationObjective(network.model, network.weights, { start: 1, smoothing: 0.1 });
    return { network, objective, dispose: () => network.dispose() };
  };
  const trained = await trainPasses({
    passes: epochs,
    make,
    batchAt: (index) => training.batch(Math.floor(index / training.stepsPerEpoch), index % training.stepsPerEpoch),
    batchesPerPass: training.stepsPerEpoch,
    validation: evaluationPairs(inTokens(parts.validation), plan.buckets, batchSize),
    examplesPerStep: batchSize,
    settings: { seed, learningRate: Number(values.rate), schedule: 'warmupCosine', clip: { globalNorm: 2 }, diagnosticsEverySteps: 1000 },
  });
  const tested = parts[values.part];
  const { pairs: translations, ...scores } = family('translate/measure').measureTranslator(trained.network, plan, tested, { source: reading({}), target: tokenizers.target });
  translations.slice(0, 8).forEach(({ hypothesis, references }, row) => say(`${tested[row][0]}\n        ${hypothesis}\n        ${references[0]}`));
  const result = {
    language: values.language,
    seed,
    ...scores,
    ...baselines(tested, memory),
    placeholdersKept: kept(tested, translations),
    tokenAccuracy: trained.history.at(-1).metrics['validation/tokenAccuracy'],
    ...(values.copy && { generated: generatedShare(trained.network.model, evaluationPairs(inTokens(tested), plan.buckets, batchSize)) }),
    part: values.part,
    copy: values.copy,
    memories,
    views,
    epochs,
    units,
    dropout,
    vocabulary: spec.maxVocabulary,
    processorMinutes: trained.processorSeconds / 60,
    minutes: trained.seconds / 60,
    machine: describeMachine(),
  };
  trained.dispose();
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 1)}\n`);
}

/** Messages by their code, English and translated. The split is always the same; equal sources stay together. */
function messages(language) {
  const ts = require('typescript');
  const english = new Map(Object.values(ts.Diagnostics).map(({ code, message }) => [code, message]));
  const file = join(dirname(require.resolve('typescript')), language, 'diagnosticMessages.generated.json');
  const translated = Object.entries(JSON.parse(readFileSync(file, 'utf8')));
  const pairs = translated.map(([key, target]) => [english.get(Number(/\d+$/.exec(key)[0])), target]).filter(([source]) => source);
  const bySource = new Map();
  for (const pair of pairs) bySource.set(pair[0], [...(bySource.get(pair[0]) ?? []), pair]);
  const groups = [...bySource.values()];
  const order = Array.from(shuffled(groups.length, 0, 'messages'), (index) => groups[index]);
  return { test: order.slice(0, TEST).flat(), validation: order.slice(TEST, TEST + VALIDATION).flat(), train: order.slice(TEST + VALIDATION).flat() };
}

/** One for both languages where the decoder copies. */
function tokenizersOf(pairs, spec, copy) {
  const { trainTokenizer } = family('text/train-tokenizer');
  const [sources, targets] = [0, 1].map((side) => pairs.map((pair) => pair[side]));
  if (!copy) return { source: trainTokenizer(spec, sources), target: trainTokenizer(spec, targets) };
  const both = trainTokenizer(spec, [...sources, ...targets]);
  return { source: both, target: both };
}

/** chrF and BLEU of translations that take no learning. */
function baselines(tested, memory) {
  const score = (hypotheses) => {
    const pairs = hypotheses.map((hypothesis, row) => ({ hypothesis, references: [tested[row][1]] }));
    return { chrf: core.chrf(pairs), bleu: core.bleu(pairs).score };
  };
  return { copied: score(tested.map(([source]) => source)), retrieved: score(tested.map(([source]) => memory.recall(source, 1)[0])) };
}

/** Share of the sources with placeholders, such as {0}, whose translation has the same ones. */
function kept(test, translations) {
  const placeholders = (text) => (text.match(/\{\d\}/g) ?? []).sort().join();
  const some = test.filter(([source], row) => placeholders(source) !== '' && translations[row]);
  const right = test.filter(([source], row) => placeholders(source) !== '' && translations[row] && placeholders(translations[row].hypothesis) === placeholders(source));
  return right.length / some.length;
}

/** The mean of p_gen over all tokens of the translations, each given the right ones before it. */
function generatedShare(model, batches) {
  const tf = core.tf();
  let [sum, count] = [0, 0];
  for (const { inputs, count: rows } of batches.batches()) {
    tf.tidy(() => {
      const [source, lengths, target] = [inputs.source, inputs.sourceLengths, inputs.target].map(({ data, shape }) => tf.tensor(data, shape, 'int32'));
      const [size, time] = target.shape;
      const given = tf.concat([tf.fill([size, 1], 1, 'int32'), target.slice([0, 0], [size, time - 1])], 1);
      const context = { training: false };
      const { generated } = model.decode(given, model.encode(source, lengths, context), lengths, context);
      const shares = generated.dataSync();
      for (let row = 0; row < rows; row += 1) for (let at = 0; at < inputs.targetLengths.data[row]; at += 1, count += 1) sum += shares[row * time + at];
    });
  }
  return sum / count;
}

await runMain(main, USAGE);
