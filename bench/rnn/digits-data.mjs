// Asterisk's sound sets, a voice a language: spoken digits, one recording of each a voice, joined to strings of digits; and all that is said.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackage } from './packages.mjs';
import { core } from './process.mjs';

export const SAMPLE_RATE = 8000;
const SETS = [
  { voice: 'en_US_f_Allison', name: 'asterisk-core-sounds-en-wav', version: '1.6.1-1', sha256: '2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d' },
  { voice: 'es_MX_f_Allison', name: 'asterisk-core-sounds-es-wav', version: '1.6.1-1', sha256: '9283a09a6d56fccdcc2bcfe86c48f0f844289cfbd46a3184d8785a6f7f569903' },
  { voice: 'fr_CA_f_June', name: 'asterisk-core-sounds-fr-wav', version: '1.6.1-1', sha256: '8d4e1bc32ed5ba7fbda40841ca1825ed20cc6232724a473c90f8bb0e53e6073e' },
  { voice: 'it_IT_m_Carlo', name: 'asterisk-core-sounds-it-wav', version: '1.6.1-1', sha256: '5a26638089e134b8ac39363fe249c5c93c50cd8bfdc9b2499ae61ec4a35e2fcb' },
  { voice: 'ru_RU_f_IvrvoiceRU', name: 'asterisk-core-sounds-ru-wav', version: '1.6.1-1', sha256: 'ccbfaebfa450b7a9ddf644ae0f3d1e9017d5df7c0aebe816e946345589d38201' },
];
/** A second Italian voice, a woman's after a man's, that no training hears. */
const UNHEARD = { voice: 'it_IT_f_Menardi', name: 'asterisk-prompt-it-menardi-wav', version: '1:1.4.22+mm20110907-3.1', sha256: '3094530d98f8758ac275572d59624c41f60969fef883f34f4886d144f3dfeb21' };

/** @returns For each voice its ten digits, [digit] -> samples, silence at both ends cut off. */
export const loadVoices = () => SETS.map(digitsOf);
export const loadUnheardVoice = () => digitsOf(UNHEARD);

/** @returns For each voice its language and all of its recordings, {path, pcm}, those that are silence left out. */
export const loadLanguages = () => SETS.map(recordingsOf);
/** As loadLanguages, of the voice that no training hears. */
export const loadUnheardLanguage = () => recordingsOf(UNHEARD);

function recordingsOf(set) {
  const folder = soundsOf(set);
  const paths = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.wav') && !path.startsWith('silence')).sort();
  const recordings = paths.map((path) => ({ path, pcm: toPcm(readWav(join(folder, path))) })).filter(({ pcm }) => pcm.length > 0);
  return { voice: set.voice, language: set.voice.slice(0, 2), recordings };
}

/** 16-bit samples; what is beyond is cut off. */
export const toPcm = (samples) => Int16Array.from(samples, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));

const soundsOf = ({ voice, name, version, sha256 }) => join(debianPackage(name, version, sha256), 'usr', 'share', 'asterisk', 'sounds', voice);

function digitsOf(set) {
  const { voice } = set;
  const folder = join(soundsOf(set), 'digits');
  return { voice, digits: Array.from({ length: 10 }, (_, digit) => trimmed(readWav(join(folder, `${digit}.wav`)))) };
}

/** Only what these files are: 16-bit PCM, one channel, 8 kHz. */
function readWav(file) {
  const bytes = readFileSync(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at) => bytes.toString('latin1', at, at + 4);
  if (text(0) !== 'RIFF' || text(8) !== 'WAVE') throw new Error(`${file}: no WAV file`);
  for (let at = 12; at + 8 <= bytes.length; at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2)) {
    const size = view.getUint32(at + 4, true);
    if (text(at) === 'fmt ') {
      const format = [view.getUint16(at + 8, true), view.getUint16(at + 10, true), view.getUint32(at + 12, true), view.getUint16(at + 22, true)];
      if (format.join() !== [1, 1, SAMPLE_RATE, 16].join()) throw new Error(`${file}: received format, channels, rate and bits ${format}, expected 1, 1, ${SAMPLE_RATE}, 16`);
    }
    if (text(at) === 'data') return Float32Array.from({ length: Math.min(size, bytes.length - at - 8) >> 1 }, (_, index) => view.getInt16(at + 8 + 2 * index, true) / 32768);
  }
  throw new Error(`${file}: no sound in it`);
}

function trimmed(samples) {
  const loud = Math.max(...samples.map(Math.abs)) * 0.03;
  const [start, end] = [samples.findIndex((sample) => Math.abs(sample) > loud), samples.findLastIndex((sample) => Math.abs(sample) > loud)];
  return samples.slice(Math.max(0, start - 200), end + 400);
}

/**
 * A string of digits said by one voice: each digit with a speed and loudness of its own, pauses between, noise over all.
 *
 * @param voices To choose from. @returns The digits and the samples.
 */
export function sayDigits(voices, { least, most }, ...seed) {
  const own = core.deriveSeed(...seed);
  const random = core.uniformNumbers(own);
  const { voice, digits: recordings } = voices[Math.floor(random() * voices.length)];
  const labels = Array.from({ length: least + Math.floor(random() * (most - least + 1)) }, () => Math.floor(random() * 10));
  const pause = () => new Float32Array(Math.floor(SAMPLE_RATE * (0.02 + 0.2 * random())));
  const parts = labels.flatMap((label, index) => [
    pause(),
    core.augmentAudio(recordings[label], { speed: [0.85, 1.18], gain: [-6, 3] }, core.deriveSeed(own, 'digit', index)),
  ]);
  parts.push(pause());
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { voice, labels, samples: core.addNoise(samples, 8 + 22 * random(), core.deriveSeed(own, 'noise')) };
}
