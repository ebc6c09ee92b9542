import type { FormatReader } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import { partInName } from '../ingest/part-name';
import type { SourcePart } from '../ingest/source';
import { baseName } from '../paths';
import { corrupt, unusable } from '../problems';
import type { PartName } from '../types';
import { classesOf } from './classes';
import { readTable, type CsvTable } from './read-table';

const EXPECTED = 'one .csv, or train.csv and test.csv';

/** Reads one .csv; or several whose names tell the part, as `train.csv` and `test.csv` do. */
export const readCsvFiles: FormatReader = async ({ files, options, context, onProgress }) => {
  const stray = new StrayFiles(options.badFiles);
  const tables: Partial<Record<PartName, CsvTable>> = {};
  const found = [...files].filter(([path]) => {
    if (stray.junk(path)) return false;
    if (/\.csv$/i.test(path)) return true;
    stray.unknown(path, EXPECTED);
    return false;
  });
  let done = 0;
  for (const [path, local] of found) {
    const part = found.length === 1 ? 'train' : partInName(baseName(path));
    if (!part || tables[part]) {
      const received = part ? `a second file of the ${part} part, after ${tables[part]!.file}` : 'one of several files, of no known part';
      throw corrupt(path, { received, expected: EXPECTED, remedy: 'Join the files, or name them by part.' });
    }
    tables[part] = await readTable(local, path, options.labelColumn ?? '', context);
    onProgress({ stage: 'read', done: (done += tables[part].count), total: 0, unit: 'examples' });
  }
  const { train } = tables;
  if (!train) throw corrupt([...files.keys()][0]!, { received: 'no table of training data', expected: EXPECTED, remedy: 'Send one .csv.' });
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
