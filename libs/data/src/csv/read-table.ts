import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { pipeInto, tooLarge, type ReadContext } from '../files/read-file';
import { checkSignal, corrupt, listed, unusable, type Problem } from '../problems';
import { GrowingFloats } from './growing-floats';

/** A .csv file, read and checked. */
export interface CsvTable {
  file: string;
  /** Names of the feature columns, in order. */
  columns: string[];
  count: number;
  /** [count, columns] */
  features: Float32Array;
  /** The label column's text, trimmed. */
  labels: string[];
}

export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** What programs write for a missing value (pandas' defaults), in lower case. */
const MISSING = new Set(['', 'na', 'n/a', '#n/a', 'nan', '-nan', 'null', 'none', '?']);
export const isMissing = (text: string): boolean => MISSING.has(text.toLowerCase());
const INFINITE = /^[+-]?inf(inity)?$/i;
/** One line with its quoted line breaks; a quote never closed would otherwise swallow the whole file. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/**
 * Reads a .csv file with a header line, one column with labels and otherwise numbers.
 * @param labelColumn Its name; empty: the last column.
 * @throws QuartetError CORRUPT_DATA: no CSV; UNUSABLE_DATASET naming line and column: a value missing, no number, not
 *   finite.
 */
export async function readTable(path: string, name: string, labelColumn: string, context: ReadContext): Promise<CsvTable> {
  // A quote amid an unquoted field (RFC 4180 forbids it) is refused by csv-parse unless told otherwise.
  const records = pipeInto(
    createReadStream(path, { signal: context.signal }),
    parse({ bom: true, info: true, skip_empty_lines: true, trim: true, max_record_size: MAX_RECORD_BYTES }),
  );
  let header: Header | undefined;
  const features = new GrowingFloats();
  const labels: string[] = [];
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!header) {
        header = readHeader(record, name, labelColumn);
        continue;
      }
      readRow(record, info.lines, header, name, features, labels);
      if (features.length * 4 > context.limits.maxBytes) throw tooLarge(`${name} (as float32)`, features.length * 4, context.limits);
    }
  } catch (error) {
    checkSignal(context.signal);
    throw error instanceof CsvError ? asCorrupt(error, name) : error;
  } finally {
    records.destroy();
  }
  if (!header) throw corrupt(name, { received: 'an empty file', expected: 'a header line and rows', remedy: 'Send the table.' });
  const columns = header.names.filter((_, index) => index !== header.label);
  return { file: name, columns, count: labels.length, features: features.toArray(), labels };
}

interface Header {
  names: string[];
  /** Index of the label column. */
  label: number;
}

function readHeader(names: string[], file: string, labelColumn: string): Header {
  const wrong = headerProblem(names);
  if (wrong) throw corrupt(file, wrong);
  const label = labelColumn === '' ? names.length - 1 : names.indexOf(labelColumn);
  if (label < 0) throw corrupt(file, { received: `no column "${labelColumn}"`, expected: `one of ${listed(names, 20)}`, remedy: 'Set label_column to one of these.' });
  return { names, label };
}

/** What is wrong with a header line. @param least Columns. */
export function headerProblem(names: readonly string[], least = 2): Problem | undefined {
  if (names.length < least) {
    return { received: `one column, "${names[0]}"`, expected: 'at least two, separated by commas', remedy: 'If another separator is used, save with commas.' };
  }
  if (names.every((text) => NUMBER.test(text))) {
    return { received: `a first line of numbers only (${listed(names, 3)})`, expected: 'a header line with the names of the columns', remedy: 'Add a header line.' };
  }
  const empty = names.indexOf('');
  if (empty >= 0) return { received: `no name for column ${empty + 1}`, expected: 'a name for each column', remedy: 'Name it in the header line.' };
  const twice = names.find((text, index) => names.indexOf(text) !== index);
  return twice === undefined ? undefined : { received: `two columns named "${twice}"`, expected: 'names that differ', remedy: 'Rename one in the header line.' };
}

function readRow(record: string[], line: number, { names, label }: Header, file: string, features: GrowingFloats, labels: string[]): void {
  for (let index = 0; index < names.length; index++) {
    const text = record[index]!;
    const missing = isMissing(text);
    if (!missing && index === label) {
      labels.push(text);
      continue;
    }
    // A label may be any text; the rest must be numbers that float32 can hold.
    const value = NUMBER.test(text) ? Math.fround(Number(text)) : NaN;
    if (Number.isFinite(value) && !missing) features.push(value);
    else throw unusable(`${file}, line ${line}, column "${names[index]!}"`, valueProblem(text, missing, value));
  }
}

export function valueProblem(text: string, missing: boolean, value: number): Problem {
  if (missing) {
    const received = text === '' ? 'a missing value' : `a missing value ("${text}")`;
    return { received, expected: 'a value in every cell', remedy: 'Fill it in or remove the row.' };
  }
  if (INFINITE.test(text) || !Number.isNaN(value)) {
    return { received: `"${text}", which is not finite as float32`, expected: 'a finite number', remedy: 'Correct it or remove the row.' };
  }
  return {
    received: `"${text.slice(0, 100)}"`,
    expected: 'a number such as -1.5 or 2e3',
    remedy: 'Encode it as numbers, remove the column, or name it as label_column if it is the target.',
  };
}

export function asCorrupt(error: CsvError, name: string) {
  const inconsistent = error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' || error.code === 'CSV_RECORD_INCONSISTENT_COLUMNS';
  return corrupt(name, {
    received: error.message,
    expected: inconsistent ? 'as many values in each line as in the header line' : 'CSV as in RFC 4180',
    remedy: 'Correct that line; quote values that hold commas, quotes or line breaks.',
    cause: error,
  });
}
