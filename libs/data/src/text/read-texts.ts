import { classesOf } from '../csv/classes';
import { filesByPart } from '../formats/files-by-part';
import type { FormatInput, FormatReader } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import { RecordPart } from '../records/record-part';
import { sourceOfRecords } from '../records/record-source';
import { corrupt, unusable } from '../problems';
import type { PartName } from '../types';
import { columnNamed, IS_TABLE, readTextTable, type TextTable } from './text-table';
import { readRunningText } from './running-text';
import { cleanText } from './utf8';

const EXPECTED = 'one .csv, .tsv or .txt, or train.csv and test.csv';
const LABEL_NAMES = ['label', 'class'];

/** Texts of one part, with their labels as text. */
interface Texts {
  file: string;
  count: number;
  labels: string[];
  records: RecordPart;
}

/** Reads texts: a table with a column of texts and, if at hand, one of classes; or a .txt, one text for a language model. */
export const readTexts: FormatReader = async (input) => {
  const stray = new StrayFiles(input.options.badFiles);
  if ([...input.files.keys()].some((path) => /\.txt$/i.test(path))) {
    return sourceOfRecords('text', { parts: await readRunningText(input, filesByPart(input, stray, /\.txt$/i, EXPECTED)), skippedFiles: stray.skipped });
  }
  const files = filesByPart(input, stray, IS_TABLE, EXPECTED);
  const texts: Partial<Record<PartName, Texts>> = {};
  let labelled: boolean | undefined;
  for (const [part, file] of files) {
    const table = await readTextTable(file.local, file.path, input.context);
    const columns = columnsOf(table, input);
    labelled ??= columns.label >= 0;
    if (labelled !== columns.label >= 0) throw corrupt(file.path, { received: `${labelled ? 'no' : 'a'} column of classes`, expected: 'the same columns in each file', remedy: 'Give all files the same columns.' });
    texts[part] = textsOf(table, columns, input);
    input.onProgress({ stage: 'read', done: texts[part].count, total: 0, unit: 'examples' });
  }
  const train = texts.train!;
  const classes = labelled ? classesOf(train) : undefined;
  const entries = Object.entries(texts) as [PartName, Texts][];
  return sourceOfRecords('text', {
    parts: Object.fromEntries(entries.map(([part, { records }]) => [part, records])) as { train: RecordPart },
    classNames: classes?.names,
    labels: classes && Object.fromEntries(entries.map(([part, found]) => [part, classes.index(found)])),
    skippedFiles: stray.skipped,
  });
};

/** The column of texts, and that of classes, -1 if there is none. */
function columnsOf(table: TextTable, { options }: FormatInput): { text: number; label: number } {
  const { columns } = table;
  const asked = { text: options.textColumn ?? '', label: options.labelColumn ?? '' };
  let label = asked.label ? columnNamed(table, asked.label, 'label_column') : columns.findIndex((name) => LABEL_NAMES.includes(name.toLowerCase()) && name !== asked.text);
  let text = asked.text ? columnNamed(table, asked.text, 'text_column') : columns.findIndex((name, at) => name.toLowerCase() === 'text' && at !== label);
  if (text < 0) text = columns.findIndex((_, at) => at !== label);
  // Of two columns, of which none was named, the other one is taken for the class.
  if (label < 0 && !asked.text && columns.length === 2) label = 1 - text;
  if (text >= 0 && text !== label) return { text, label };
  throw corrupt(table.file, { received: `the columns ${columns.join(', ')}`, expected: 'a column of texts beside that of the classes', remedy: 'Set text_column and label_column.' });
}

function textsOf({ file, columns, rows }: TextTable, { text, label }: { text: number; label: number }, { context }: FormatInput): Texts {
  const records = new RecordPart(file, context.limits);
  const labels: string[] = [];
  for (const { line, values } of rows) {
    const clean = cleanText(values[text]!, `${file}, line ${line}, column "${columns[text]}"`);
    if (clean.trim() === '') throw unusable(`${file}, line ${line}, column "${columns[text]}"`, { received: 'an empty text', expected: 'a text in every row', remedy: 'Fill it in or remove the row.' });
    records.push([Buffer.from(clean)]);
    if (label < 0) continue;
    const name = cleanText(values[label]!, `${file}, line ${line}`).trim();
    if (name === '') throw unusable(`${file}, line ${line}, column "${columns[label]}"`, { received: 'a missing value', expected: 'a class in every row', remedy: 'Fill it in or remove the row.' });
    labels.push(name);
  }
  if (records.count === 0) throw unusable(file, { received: 'a header line but no row', expected: 'at least one row', remedy: 'Send data.' });
  return { file, count: records.count, labels, records };
}

