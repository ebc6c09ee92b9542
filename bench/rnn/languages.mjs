// Spoken languages: `node bench/rnn/languages.mjs` (after `npm run build`). Trains the RNN service's classifier on recordings of five languages, a voice each,
// and tests it on recordings that were in no training; one voice a language, so that it may tell voices apart as well as languages: hence also a
// second Italian voice.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { loadLanguages, loadUnheardLanguage, SAMPLE_RATE } from './digits-data.mjs';
import { trainOnRecordings } from './in-process.mjs';
import { runMain, say, shuffled } from './process.mjs';

const USAGE = `node bench/rnn/languages.mjs [options]
  --epochs n        passes over the training part, default 10
  --seed n          of the weights; default 1
  --units n         of each direction, default 64
  --ensemble n      networks whose probabilities are averaged, default 1
  --json file       also writes the numbers
`;
const TEST_SHARE = 0.2;

async function main() {
  const { values } = parseArgs({
    options: { epochs: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' }, units: { type: 'string', default: '64' }, ensemble: { type: 'string', default: '1' }, json: { type: 'string' } },
  });
  const [epochs, seed, units] = [values.epochs, values.seed, values.units].map(Number);
  const languages = loadLanguages();
  const classNames = languages.map(({ language }) => language);
  // The same split for every seed: of each language, so many recordings drawn at random.
  const parts = { train: [], validation: [], test: [] };
  languages.forEach(({ recordings }, label) => {
    const order = shuffled(recordings.length, 0, 'split', label);
    const tested = Math.round(recordings.length * TEST_SHARE);
    order.forEach((row, place) => parts[place < tested ? 'test' : 'train'].push({ pcm: recordings[row].pcm, text: '', label }));
  });
  const unheard = loadUnheardLanguage();
  // The validation part is the voice never heard: nothing is chosen by it.
  parts.validation = unheard.recordings.map(({ pcm }) => ({ pcm, text: '', label: classNames.indexOf(unheard.language) }));
  say(`${parts.train.length} recordings to learn from, ${parts.test.length} to test on, ${parts.validation.length} of ${unheard.voice}`);
  const request = { network: { units, bidirectional: true, dropout: 0.5, inputNoise: 0.5 }, ensemble: Number(values.ensemble), options: { epochs, seed: BigInt(seed), validate: false } };
  const { metrics, steps, seconds, manifest } = await trainOnRecordings('classifier', request, parts, { sampleRate: SAMPLE_RATE, classNames });
  const percent = (share) => `${(share * 100).toFixed(2)} %`;
  process.stdout.write(
    `accuracy ${percent(metrics['test/accuracy'])} on ${parts.test.length} recordings in no training, voices heard; ${percent(metrics['validation/accuracy'])} of ` +
      `${parts.validation.length} recordings of another Italian voice are taken for Italian (${unheard.voice}); ${steps} steps, seed ${seed}\n`,
  );
  process.stdout.write(`confusion on the test part (rows: ${classNames.join(', ')}): ${JSON.stringify(manifest.extra.confusionMatrix)}\n`);
  say(`${(seconds / 60).toFixed(1)} min; ${describeMachine()}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ metrics, confusion: manifest.extra.confusionMatrix, units, ensemble: Number(values.ensemble), seed, epochs, steps, seconds, machine: describeMachine() }, null, 1)}\n`);
}

await runMain(main, USAGE);
