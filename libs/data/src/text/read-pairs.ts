import { filesByPart } from '../formats/files-by-part';
import type { FormatReader } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import { corrupt, unusable } from '../problems';
import { RecordPart } from '../records/record-part';
import { sourceOfRecords } from '../records/record-source';
import type { PartName } from '../types';
import { columnNamed, IS_TABLE, readTextTable, type TextTable } from './text-table';
import { cleanText } from './utf8';

const EXPECTED = 'one .csv or .tsv with a column of sources and one of targets, or train.csv and test.csv';

/** Reads pairs of texts, a row a pair. Rows of one source, its alternative targets, stay together when parts are split. */
export const readPairs: FormatReader = async (input) => {
  const stray = new StrayFiles(input.options.badFiles);
  const parts: Partial<Record<PartName, RecordPart>> = {};
  for (const [part, { path, local }] of filesByPart(input, stray, IS_TABLE, EXPECTED)) {
    const table = await readTextTable(local, path, input.context);
    const columns = columnsOf(table, input.options.sourceColumn ?? '', input.options.targetColumn ?? '');
    const records = (parts[part] = new RecordPart(path, input.context.limits));
    for (const { line, values } of table.rows) {
      const [source, target] = columns.map((column) => {
        const where = `${path}, line ${line}, column "${table.columns[column]}"`;
        const text = cleanText(values[column]!, where).trim();
        if (text === '') throw unusable(where, { received: 'an empty text', expected: 'a source and a target in every row', remedy: 'Fill it in or remove the row.' });
        return text;
      }) as [string, string];
      records.push([Buffer.from(source), Buffer.from(target)], undefined, source);
    }
    if (records.count === 0) throw unusable(path, { received: 'a header line but no row', expected: 'at least one row', remedy: 'Send data.' });
    input.onProgress({ stage: 'read', done: records.count, total: 0, unit: 'examples' });
  }
  return sourceOfRecords('pairs', { parts: { ...parts, train: parts.train! }, skippedFiles: stray.skipped });
};

/** Columns asked for, else those named `source` and `target`, else the first and the second. */
function columnsOf(table: TextTable, source: string, target: string): [number, number] {
  const { columns } = table;
  const from = source ? columnNamed(table, source, 'source_column') : Math.max(0, columns.indexOf('source'));
  const named = columns.indexOf('target');
  const to = target ? columnNamed(table, target, 'target_column') : named >= 0 ? named : columns.findIndex((_, at) => at !== from);
  if (to >= 0 && to !== from) return [from, to];
  throw corrupt(table.file, { received: `the columns ${columns.join(', ')}`, expected: 'two: sources and targets', remedy: 'Set source_column and target_column.' });
}
