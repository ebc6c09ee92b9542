import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { asCorrupt, headerProblem, MAX_RECORD_BYTES } from '../csv/read-table';
import { pipeInto, type ReadContext } from '../files/read-file';
import { checkSignal, corrupt, listed } from '../problems';
import { readUtf8 } from './utf8';

/** Files that hold tables of texts. */
export const IS_TABLE = /\.(csv|tsv)$/i;

/** A table of texts. */
export interface TextTable {
  file: string;
  columns: string[];
  rows: { line: number; values: string[] }[];
}

/**
 * Reads a .csv (RFC 4180), or a .tsv, in which quotes mean nothing; with a header line. Cells are kept as they are.
 * @throws QuartetError CORRUPT_DATA: no table, or no UTF-8.
 */
export async function readTextTable(local: string, file: string, context: ReadContext): Promise<TextTable> {
  const tabs = /\.tsv$/i.test(file);
  const bytes = await readUtf8(local, file, context);
  const options = { info: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES, ...(tabs && { delimiter: '\t', quote: null }) } as const;
  const records = pipeInto(Readable.from([bytes]), parse(options));
  let columns: string[] | undefined;
  const rows: TextTable['rows'] = [];
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns) {
        rows.push({ line: info.lines, values: record });
        continue;
      }
      columns = record.map((name) => name.trim());
      const wrong = headerProblem(columns, 1);
      if (wrong) throw corrupt(file, wrong);
    }
  } catch (error) {
    checkSignal(context.signal);
    throw error instanceof CsvError ? asCorrupt(error, file) : error;
  } finally {
    records.destroy();
  }
  if (!columns) throw corrupt(file, { received: 'an empty file', expected: 'a header line and rows', remedy: 'Send the table.' });
  return { file, columns, rows };
}

/** The index of a column that was asked for by name. @throws QuartetError CORRUPT_DATA if there is none. */
export function columnNamed({ file, columns }: TextTable, name: string, option: string): number {
  const at = columns.indexOf(name);
  if (at >= 0) return at;
  throw corrupt(file, { received: `no column "${name}"`, expected: `one of ${listed(columns, 20)}`, remedy: `Set ${option} to one of these.` });
}
