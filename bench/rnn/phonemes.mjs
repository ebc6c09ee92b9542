// Spelling to phonemes: `node bench/rnn/phonemes.mjs --minutes 40` (after `npm run build`). Trains an encoder-decoder with attention on
// CMU's dictionary for so long, and reports the word error rate on words that it never saw: the share of words for which the best
// result of a beam search is none of the dictionary's pronunciations.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { trainFor, trainPasses } from './budget.mjs';
import { BUCKETS, END, examplesOf, loadPhonemes, padded, PhonemeBatches, START } from './phonemes-data.mjs';
import { core, runMain, say } from './process.mjs';
import { Translator } from './translate.mjs';

const USAGE = `node bench/rnn/phonemes.mjs [options]
  --minutes n       of training, default 40
  --passes n        over the data instead, however long they take: for a machine that is shared
  --seed n          of weights, order and dropout; default 1
  --units n         of the decoder and of each direction of the encoder, default 256
  --dropout share   default 0.3
  --one-way         an encoder that reads from the start alone
  --test-words n    default 6000
  --width n         of the beam, default 4
  --json file       also writes the numbers
`;
/** The longest word of the dictionary, and room for its phonemes. */
const LONGEST = { sourceLength: 28, maxLength: 30 };
const SOURCES_AT_ONCE = 100;

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '40' },
      passes: { type: 'string' },
      dropout: { type: 'string', default: '0.3' },
      'one-way': { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      units: { type: 'string', default: '256' },
      'test-words': { type: 'string', default: '6000' },
      width: { type: 'string', default: '4' },
      json: { type: 'string' },
    },
  });
  const [minutes, seed, units, width] = [values.minutes, values.seed, values.units, values.width].map(Number);
  const data = await loadPhonemes(Number(values['test-words']), 1500);
  const batches = new PhonemeBatches(examplesOf(data.training, data), 128, seed);
  const validation = new PhonemeBatches(examplesOf(data.validation, data), 128, seed, BUCKETS.slice(-1));
  say(`${data.training.length} words to learn from, ${data.test.length} to test on, ${data.letters.size} letters, ${data.phonemes.size} phonemes, ${batches.batchesPerPass} batches`);

  const make = () => {
    const parameters = new core.Parameters(seed);
    const options = { sourceTokens: data.letters.size, targetTokens: data.phonemes.size, units, layers: 1, embedding: 64, dropout: Number(values.dropout), bidirectional: !values['one-way'] };
    const model = core.encoderDecoder(parameters, options);
    return { model, parameters, objective: core.translationObjective(model, parameters.all, { start: START, smoothing: 0.05 }), dispose: () => parameters.dispose() };
  };
  const common = {
    make,
    batchAt: (index) => batches.batch(index),
    validation: { batches: () => validation.inOrder() },
    examplesPerStep: 128,
    settings: { seed, learningRate: 0.003, schedule: 'warmupCosine', clip: { globalNorm: 2 }, ema: { decay: 0.998 }, diagnosticsEverySteps: 500 },
  };
  const passes = values.passes && Number(values.passes);
  const trained = await (passes ? trainPasses({ ...common, passes, batchesPerPass: batches.batchesPerPass }) : trainFor({ ...common, minutes, epochs: 10 }));

  const start = performance.now();
  const translator = new Translator(trained.model, trained.parameters.all, { ...LONGEST, start: START, end: END, width, lengthPenalty: 0.6, pad: padded });
  const rate = new core.ErrorRate();
  for (let at = 0; at < data.test.length; at += SOURCES_AT_ONCE) {
    const words = data.test.slice(at, at + SOURCES_AT_ONCE);
    const best = translator.translate(words.map((word) => data.letters.idsOf(word.letters)));
    words.forEach((word, index) => {
      const said = data.phonemes.tokensOf(best[index].tokens);
      rate.add(word.pronunciations, said);
      if (at + index < 10) say(`${word.letters.join('')}: ${said.join(' ')}`);
    });
  }
  translator.dispose();
  const { sequenceErrorRate, rate: phonemeErrorRate, sequences } = rate.report();
  const result = {
    wordErrorRate: sequenceErrorRate,
    phonemeErrorRate,
    testWords: sequences,
    width,
    seed,
    units,
    dropout: Number(values.dropout),
    directions: values['one-way'] ? 1 : 2,
    minutes: trained.seconds / 60,
    processorMinutes: trained.processorSeconds / 60,
    steps: trained.steps,
    passes: trained.steps / batches.batchesPerPass,
    stepMs: trained.stepMs,
    outcome: trained.outcome,
    decodingSeconds: (performance.now() - start) / 1000,
    history: trained.history.map(({ epoch, metrics }) => ({ epoch, ...metrics })),
    machine: describeMachine(),
  };
  trained.dispose();
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  process.stdout.write(
    `word error rate ${percent(sequenceErrorRate)}, phoneme error rate ${percent(phonemeErrorRate)} on ${sequences} words; ` +
      `${result.minutes.toFixed(1)} min, ${result.processorMinutes.toFixed(1)} min of processors, ${result.passes.toFixed(1)} passes over the data, beam ${width}, seed ${seed}\n`,
  );
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 1)}\n`);
}

await runMain(main, USAGE);
