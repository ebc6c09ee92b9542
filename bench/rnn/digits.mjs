// Spoken digit strings: `node bench/rnn/digits.mjs` (after `npm run build`). Trains the RNN service's transcriber on strings of 2 to 5 digits joined from
// recordings of five voices in five languages, with speed, loudness and noise drawn for each, and by the service anew in each epoch.
// Reports the error rate of words (digits) on strings never joined before, and on strings of a voice never heard.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { loadUnheardVoice, loadVoices, SAMPLE_RATE, sayDigits, toPcm } from './digits-data.mjs';
import { trainOnRecordings } from './in-process.mjs';
import { runMain, say } from './process.mjs';

const USAGE = `node bench/rnn/digits.mjs [options]
  --epochs n        passes over the training strings, default 12
  --strings n       to learn from, default 2000
  --seed n          of weights and augmentation; default 1
  --units n         of each direction, default 64
  --one-way         reads forwards only, as live transcripts need it
  --hold-out        Italian alone has two voices: learns some digits from one, the others from the other, and is tested on the recordings left out
  --json file       also writes the numbers
`;
const STRING = { least: 2, most: 5 };
const [TEST_STRINGS, UNHEARD_STRINGS] = [400, 100];

/** Strings of some voices, the same for every seed of a training. */
const strings = (voices, count, purpose) =>
  Array.from({ length: count }, (_, index) => {
    const { labels, samples } = sayDigits(voices, STRING, 0, purpose, index);
    return { pcm: toPcm(samples), text: labels.join(' ') };
  });

/** Of two voices of one language: each one's even digits from the one, its odd digits from the other; and the other way around. */
function crossed(one, other) {
  const mix = (even, odd, voice) => ({ voice, digits: even.digits.map((recording, digit) => (digit % 2 === 0 ? recording : odd.digits[digit])) });
  return [mix(one, other, 'heard'), mix(other, one, 'left out')];
}

async function main() {
  const { values } = parseArgs({
    options: {
      epochs: { type: 'string', default: '12' },
      strings: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      units: { type: 'string', default: '64' },
      'one-way': { type: 'boolean', default: false },
      'hold-out': { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const [epochs, count, seed, units] = [values.epochs, values.strings, values.seed, values.units].map(Number);
  const [voices, unheard] = [loadVoices(), loadUnheardVoice()];
  const italian = voices.findIndex(({ voice }) => voice.startsWith('it'));
  const [heard, left] = values['hold-out'] ? crossed(voices[italian], unheard) : [voices[italian], unheard];
  const learned = voices.with(italian, heard);
  const parts = { train: strings(learned, count, 'training'), validation: strings([left], UNHEARD_STRINGS, 'unheard'), test: strings(learned, TEST_STRINGS, 'test') };
  // The validation part is the voice never heard: nothing is chosen by it.
  const request = { network: { units, bidirectional: !values['one-way'], dropout: 0.25 }, options: { epochs, seed: BigInt(seed), validate: false } };
  const { metrics, steps, seconds } = await trainOnRecordings('transcriber', request, parts, { sampleRate: SAMPLE_RATE });
  const rates = (part) => `${percent(metrics[`${part}/wordErrorRate`])} (greedy ${percent(metrics[`${part}/wordErrorRateGreedy`])})`;
  process.stdout.write(
    `word error rate ${rates('test')} on ${TEST_STRINGS} new strings of recordings heard; ${rates('validation')} on recordings never heard ` +
      `(${values['hold-out'] ? "Italian digits, each heard from the other of two voices only" : unheard.voice}); ${steps} steps, ${epochs} epochs of ${count} strings, ` +
      `${values['one-way'] ? 'one direction' : 'both directions'}, seed ${seed}\n`,
  );
  say(`${(seconds / 60).toFixed(1)} min; ${describeMachine()}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ metrics, units, oneWay: values['one-way'], holdOut: values['hold-out'], seed, epochs, strings: count, steps, seconds, machine: describeMachine() }, null, 1)}\n`);
}

const percent = (share) => `${(share * 100).toFixed(2)} %`;

await runMain(main, USAGE);
