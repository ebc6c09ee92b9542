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
  --memory          each source is followed by the translation of the most similar other message that is known (Bulte and Tezcan, 2019)
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
      memory: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const [seed, epochs, units, dropout, batchSize] = [values.seed, values.epochs, values.units, values.dropout, values.batch].map(Number);
  const given = messages(values.language);
  const parts = values.memory ? remembered(given) : given;
  const { trainTokenizer } = family('text/train-tokenizer');
  const spec = { kind: 3, maxVocabulary: Number(values.vocabulary), lowercase: false, minCount: 2 };
  const tokenizers = { source: trainTokenizer(spec, parts.train.map(([source]) => source)), target: trainTokenizer(spec, parts.train.map(([, target]) => target)) };
  const { bucketsFor, tokenizePairs } = family('translate/pairs');
  const recordsOf = (pairs) => ({ count: pairs.length, text: (row, field) => pairs[row][field === 'source' ? 0 : 1] });
  const inTokens = (pairs) => tokenizePairs(recordsOf(pairs), tokenizers.source, tokenizers.target, { source: 200, target: 100 }).pairs;
  const pairs = inTokens(parts.train);
  const plan = {
    buckets: bucketsFor([...pairs, ...inTokens(parts.validation)], batchSize),
    model: { sourceTokens: tokenizers.source.size, targetTokens: tokenizers.target.size, cell: 'lstm', units, layers: 1, bidirectional: true, embedding: 128, attention: 'luong', dropout },
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
  const { pairs: translations, ...scores } = family('translate/measure').measureTranslator(trained.network, plan, parts.test, tokenizers);
  translations.slice(0, 8).forEach(({ hypothesis, references }, row) => say(`${parts.test[row][0]}\n        ${hypothesis}\n        ${references[0]}`));
  const result = {
    language: values.language,
    seed,
    ...scores,
    ...baselines(given),
    placeholdersKept: kept(parts.test, translations),
    memory: values.memory,
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

/** What stands between a source and what is remembered. */
const BESIDE = ' ⏎ ';

/** The same pairs, each source followed by the translation of the most similar one that is known; of training pairs, of another source. */
function remembered({ train, validation, test }) {
  const vectors = train.map(([source]) => nGrams(source));
  const recall = ([source, target]) => {
    const query = nGrams(source);
    const similarity = vectors.map((vector, row) => (train[row][0] === source ? -1 : cosine(query, vector)));
    return [`${source}${BESIDE}${train[similarity.indexOf(Math.max(...similarity))][1]}`, target];
  };
  return { train: train.map(recall), validation: validation.map(recall), test: test.map(recall) };
}

/** chrF and BLEU of translations that take no learning. */
function baselines({ train, test }) {
  const vectors = train.map(([source]) => nGrams(source));
  const similar = test.map(([source]) => {
    const query = nGrams(source);
    const similarity = vectors.map((vector) => cosine(query, vector));
    return train[similarity.indexOf(Math.max(...similarity))][1];
  });
  const score = (hypotheses) => {
    const pairs = hypotheses.map((hypothesis, row) => ({ hypothesis, references: [test[row][1]] }));
    return { chrf: core.chrf(pairs), bleu: core.bleu(pairs).score };
  };
  return { copied: score(test.map(([source]) => source)), retrieved: score(similar) };
}

/** Counts of character n-grams of 1 to 6, as chrF compares. */
function nGrams(text) {
  const counts = new Map();
  for (let n = 1; n <= 6; n++) for (let at = 0; at + n <= text.length; at++) counts.set(text.slice(at, at + n), (counts.get(text.slice(at, at + n)) ?? 0) + 1);
  return counts;
}

function cosine(a, b) {
  const norm = (vector) => Math.hypot(...vector.values());
  let dot = 0;
  for (const [gram, count] of a) dot += count * (b.get(gram) ?? 0);
  return dot / (norm(a) * norm(b));
}

/** Share of the sources with placeholders, such as {0}, whose translation has the same ones. */
function kept(test, translations) {
  const placeholders = (text) => (text.split(BESIDE)[0].match(/\{\d\}/g) ?? []).sort().join();
  const some = test.filter(([source], row) => placeholders(source) !== '' && translations[row]);
  const right = test.filter(([source], row) => placeholders(source) !== '' && translations[row] && placeholders(translations[row].hypothesis) === placeholders(source));
  return right.length / some.length;
}

await runMain(main, USAGE);
