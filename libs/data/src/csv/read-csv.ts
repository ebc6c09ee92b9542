import { filesByPart } from '../formats/files-by-part';
import type { FormatReader } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import type { SourcePart } from '../ingest/source';
import { unusable } from '../problems';
import type { PartName } from '../types';
import { classesOf } from './classes';
import { readTable, type CsvTable } from './read-table';

const EXPECTED = 'one .csv, or train.csv and test.csv';

/** Reads one .csv; or several whose names tell the part, as `train.csv` and `test.csv` do. */
export const readCsvFiles: FormatReader = async (input) => {
  const { options, context, onProgress } = input;
  const stray = new StrayFiles(options.badFiles);
  const tables: Partial<Record<PartName, CsvTable>> = {};
  let done = 0;
  for (const [part, { path, local }] of filesByPart(input, stray, /\.csv$/i, EXPECTED)) {
    tables[part] = await readTable(local, path, options.labelColumn ?? '', context);
    onProgress({ stage: 'read', done: (done += tables[part].count), total: 0, unit: 'examples' });
  }
  const train = tables.train!;
  const classes = classesOf(train);
  const parts: Partial<Record<PartName, SourcePart>> = {};
  for (const [part, table] of Object.entries(tables)) {
    if (table.columns.join('\n') !== train.columns.join('\n')) {
      throw unusable(table.file, {
        received: `columns ${table.columns.join(', ')}`,
        expected: `${train.columns.join(', ')}, as in ${train.file}`,
        remedy: 'Give all files the same columns, in the same order.',
      });
    }
    parts[part as PartName] = { file: table.file, count: table.count, examples: table.features, labels: classes.index(table) };
  }
  return {
    kind: 'table',
    exampleShape: [train.columns.length],
    classNames: classes.names,
    columns: train.columns,
    parts: { ...parts, train: parts.train! },
    skippedFiles: stray.skipped,
  };
};
