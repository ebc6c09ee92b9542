import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { IngestOptions } from '../../types';
import { keepMade } from '../packages';
import { fetchVoices, LANGUAGES, listRecordings, recordingsZip, type Language, type Recording } from './asterisk';
import { builtin, type Builtin } from './builtin-data';
import { digitStrings } from './digit-strings';

/** One archive made of all voices. @param edition Of what is made of them: another name in the cache. */
const voices = (name: string, sha256: string, options: Partial<IngestOptions>, make: (folders: ReadonlyMap<Language, string>) => Promise<Buffer>, edition = ''): Builtin =>
  builtin(name, `${name}${edition}-asterisk-1.6.1-1`, { 'recordings.zip': sha256 }, { format: 'recordings', ...options }, async (fetching) => {
    const folders = await fetchVoices(fetching);
    await keepMade(fetching.folder, async (made) => writeFile(join(made, 'recordings.zip'), await make(folders)));
  });

/** Recordings of all voices whose path is wanted. */
async function recordingsOf(folders: ReadonlyMap<Language, string>, describe: (path: string, language: Language) => Pick<Recording, 'text' | 'className'> | undefined): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const language of LANGUAGES) {
    const folder = folders.get(language)!;
    for (const path of await listRecordings(folder)) {
      const known = describe(path, language);
      if (known) recordings.push({ path: `${language}/${path}`, wav: await readFile(join(folder, path)), ...known });
    }
  }
  return recordings;
}

const IS_DIGIT_OR_LETTER = /^(digits\/\d|letters\/[a-z])\.wav$/;

/** Digits and letters, one recording of each by five voices in five languages; the class is what is said. */
const single = voices('asterisk-digits', 'a4e9071978d89af5022f82d890d34744f39c18413a493f278d921b077185d8af', { testShare: 0.2, validationShare: 0 }, async (folders) =>
  recordingsZip(
    await recordingsOf(folders, (path) => {
      if (!IS_DIGIT_OR_LETTER.test(path)) return undefined;
      const said = basename(path, '.wav');
      return { text: said, className: said };
    }),
  ),
);

/** Strings of 2 to 5 digits, such as "3 1 4", by the same voices, 2,000 + 200 + 400, the class being the language. All are joined from one recording of each digit. */
const strings = voices('spoken-digits', '9f8575acd218af819f7cad7edc8ed3844b3762bbf6c02933cd803d680e13b049', {}, digitStrings, '-2');

/** All that the voices say: words, sentences, letters. The class is the language. */
const languages = voices('spoken-languages', 'da18dc23632156bd10d1b30e6f1b995fe0a2355867a73cfa9ea19634f81780db', { testShare: 0.2 }, async (folders) => recordingsZip(await recordingsOf(folders, (_, language) => ({ text: '', className: language }))));

export const SOUNDS: Readonly<Record<string, Builtin>> = { 'asterisk-digits': single, 'spoken-digits': strings, 'spoken-languages': languages };
