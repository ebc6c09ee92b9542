import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeAudio, toPcm } from '../../audio/decode-audio';
import { csvOf } from '../../csv/write-csv';
import { storedZip, type StoredFile } from '../../files/write-zip';
import { debianPackage, unpackDebian, type Fetching } from '../packages';
import { cachedFiles, type PinnedFiles } from '../pinned-package';

/** Samples a second of all of them. */
export const SAMPLE_RATE = 8000;
const VERSION = '1.6.1-1';

/** A voice a language, of Debian's asterisk-core-sounds-*-wav (CC-BY-SA 3.0). */
const VOICES = {
  en: { voice: 'en_US_f_Allison', sha256: '2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d' },
  es: { voice: 'es_MX_f_Allison', sha256: '9283a09a6d56fccdcc2bcfe86c48f0f844289cfbd46a3184d8785a6f7f569903' },
  fr: { voice: 'fr_CA_f_June', sha256: '8d4e1bc32ed5ba7fbda40841ca1825ed20cc6232724a473c90f8bb0e53e6073e' },
  it: { voice: 'it_IT_m_Carlo', sha256: '5a26638089e134b8ac39363fe249c5c93c50cd8bfdc9b2499ae61ec4a35e2fcb' },
  ru: { voice: 'ru_RU_f_IvrvoiceRU', sha256: 'ccbfaebfa450b7a9ddf644ae0f3d1e9017d5df7c0aebe816e946345589d38201' },
} as const;
export type Language = keyof typeof VOICES;
export const LANGUAGES = Object.keys(VOICES) as Language[];

const nameOf = (language: Language): string => `asterisk-core-sounds-${language}-wav`;
const archiveOf = (language: Language): string => `${nameOf(language)}_${VERSION}_all.deb`;

/** The packages themselves, which several built-ins are made of: 98 MB. */
const PACKAGES: PinnedFiles = {
  id: `asterisk-core-sounds-${VERSION}`,
  sha256: Object.fromEntries(LANGUAGES.map((language) => [archiveOf(language), VOICES[language].sha256])),
  fetch: async (folder, signal) => {
    for (const language of LANGUAGES) await debianPackage(nameOf(language), VERSION, { folder, purpose: `fetch the Debian package ${nameOf(language)}`, signal });
  },
};

/** Folders with the recordings of each voice. */
export async function fetchVoices(fetching: Fetching): Promise<Map<Language, string>> {
  const archives = await cachedFiles(PACKAGES, fetching.cacheDir, fetching.signal);
  const folders = new Map<Language, string>();
  for (const language of LANGUAGES) {
    const root = await unpackDebian(archives.get(archiveOf(language))!, fetching);
    folders.set(language, join(root, 'usr/share/asterisk/sounds', VOICES[language].voice));
  }
  return folders;
}

/** Recordings below a folder, by path, in order; silence, and files of no length, left out. */
export async function listRecordings(folder: string): Promise<string[]> {
  const all = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.wav') && !path.startsWith('silence'));
  const sizes = await Promise.all(all.map(async (path) => ({ path, size: (await readFile(join(folder, path))).length })));
  return sizes.filter(({ size }) => size > HEADER_BYTES).map(({ path }) => path).sort();
}

const HEADER_BYTES = 44;

/** A digit as one voice says it, without the silence at both ends. */
export async function readDigit(folder: string, digit: number): Promise<Float32Array> {
  const { samples } = await decodeAudio(await readFile(join(folder, 'digits', `${digit}.wav`)));
  const loud = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) * 0.03;
  const isLoud = (sample: number): boolean => Math.abs(sample) > loud;
  return samples.slice(Math.max(0, samples.findIndex(isLoud) - 200), samples.findLastIndex(isLoud) + 400);
}

/** A recording for a data set. */
export interface Recording {
  path: string;
  wav: Uint8Array;
  text: string;
  className: string;
}

/** An archive as DATASET_FORMAT_RECORDINGS reads it. */
export function recordingsZip(recordings: readonly Recording[]): Buffer {
  const files: StoredFile[] = recordings.map(({ path, wav }) => ({ name: path, data: wav }));
  const rows = recordings.map(({ path, text, className }) => [path, text, className]);
  return storedZip([...files, { name: 'transcripts.csv', data: Buffer.from(csvOf(['path', 'text', 'class'], rows)) }]);
}

/** A WAV file of 16-bit samples, one channel. @param samples -1..1 */
export function wavOf(samples: Float32Array): Buffer {
  const pcm = toPcm(samples);
  const head = Buffer.alloc(HEADER_BYTES);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(HEADER_BYTES - 8 + pcm.byteLength, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  [16, 1 | (1 << 16), SAMPLE_RATE, SAMPLE_RATE * 2, 2 | (16 << 16)].forEach((value, at) => head.writeUInt32LE(value, 16 + 4 * at));
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(pcm.byteLength, 40);
  return Buffer.concat([head, new Uint8Array(pcm.buffer)]);
}
