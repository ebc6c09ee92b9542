import { filesByPart } from '../formats/files-by-part';
import type { FormatInput, FormatReader } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import { byCodeUnit } from '../paths';
import { corrupt, listed, unusable } from '../problems';
import { RecordPart } from '../records/record-part';
import { sourceOfRecords } from '../records/record-source';
import type { PartName } from '../types';
import type { PartFile } from '../formats/files-by-part';
import { cleanText, readUtf8 } from './utf8';

const EXPECTED = 'one file of tagged sentences (.conll, .bio, .iob, .tsv, .txt), or one named train and one named test';
const IS_TAGGED = /\.(conll|bio|iob2?|tsv|txt)$/i;
const LINE = 'token, tab, tag; an empty line between sentences';

interface Tagged {
  records: RecordPart;
  /** Tag -> the line where it first stands. */
  tags: Map<string, number>;
}

/** Reads sentences in CoNLL's form: a token a line, a tab, its tag (of more columns, the first and the last); an empty line between sentences. */
export const readTagged: FormatReader = async (input) => {
  const stray = new StrayFiles(input.options.badFiles);
  const parts: Partial<Record<PartName, RecordPart>> = {};
  const tags: Partial<Record<PartName, Map<string, number>>> = {};
  for (const [part, file] of filesByPart(input, stray, IS_TAGGED, EXPECTED)) {
    const read = await readSentences(file, input);
    [parts[part], tags[part]] = [read.records, read.tags];
    input.onProgress({ stage: 'read', done: read.records.count, total: 0, unit: 'examples' });
  }
  const classNames = [...tags.train!.keys()].sort(byCodeUnit);
  for (const part of ['validation', 'test'] as const) {
    const [tag, line] = [...(tags[part] ?? [])].find(([name]) => !tags.train!.has(name)) ?? [];
    if (tag !== undefined) {
      throw unusable(`${parts[part]!.file}, line ${line}`, { received: `tag "${tag}"`, expected: `one of ${listed(classNames)}, as in ${parts.train!.file}`, remedy: 'Correct it, or add training sentences with that tag.' });
    }
  }
  if (classNames.length < 2) throw unusable(parts.train!.file, { received: `one tag, "${classNames[0]}"`, expected: 'at least two', remedy: 'Add sentences with another tag.' });
  return sourceOfRecords('tagged', { parts: { ...parts, train: parts.train! }, classNames, skippedFiles: stray.skipped });
};

async function readSentences({ path, local }: PartFile, { context }: FormatInput): Promise<Tagged> {
  const records = new RecordPart(path, context.limits);
  const seen = new Map<string, number>();
  let sentence: { token: string; tag: string }[] = [];
  const end = (): void => {
    if (sentence.length > 0) records.push([Buffer.from(sentence.map(({ token }) => token).join('\n')), Buffer.from(sentence.map(({ tag }) => tag).join('\n'))]);
    sentence = [];
  };
  cleanText((await readUtf8(local, path, context)).toString('utf8'), path, 1).split('\n').forEach((text, at) => {
    if (text.trim() === '') return end();
    const columns = text.split('\t').map((column) => column.trim());
    // CoNLL-U's comments; a token "#" has a tab after it.
    if (columns.length === 1 && text.startsWith('#')) return;
    const [token, tag] = [columns[0]!, columns.at(-1)!];
    if (columns.length < 2 || token === '' || tag === '') {
      throw corrupt(`${path}, line ${at + 1}`, { received: JSON.stringify(text.slice(0, 100)), expected: LINE, remedy: 'Correct the line.' });
    }
    if (!seen.has(tag)) seen.set(tag, at + 1);
    sentence.push({ token, tag });
  });
  end();
  if (records.count === 0) throw unusable(path, { received: 'no sentence', expected: LINE, remedy: 'Send data.' });
  return { records, tags: seen };
}
