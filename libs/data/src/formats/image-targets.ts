import { posix } from 'node:path';
import type { ReadContext } from '../files/read-file';
import { partNamed } from '../ingest/part-name';
import { checkTargets } from '../ingest/targets';
import { baseName, byCodeUnit } from '../paths';
import { corrupt, listed, unusable } from '../problems';
import { columnNamed, readTextTable, type TextTable } from '../text/text-table';
import type { TargetSchema } from '../types';
import type { ImageFile } from './image-layout';
import type { StrayFiles } from './stray-files';

const IS_TABLE = /^targets\.(csv|tsv)$/i;
const IS_IMAGE = /\.(png|jpe?g)$/i;
const EXPECTED = 'PNG and JPEG files with a targets.csv (path, and labels or a column each), or train/ and test/ above these';
/** Between the labels of one cell. */
const SEPARATOR = ';';

export interface ImageTargets {
  names: string[];
  images: ImageFile[];
  /** Of each image: a number each name. */
  rows: Map<ImageFile, Float32Array>;
}

/**
 * Tells part and targets of each image: parts from the folders train, validation and test, targets from the tables beside or above the images. A
 * table has a column `path`; for labels a column `labels` with names between semicolons, or else a column of 0 and 1 a label; for numbers a
 * column each.
 *
 * @param files In order of path.
 * @throws QuartetError CORRUPT_DATA: another layout, an image without a row, a row without an image; UNUSABLE_DATASET: a label or number that is none.
 */
export async function layOutTargets(files: ReadonlyMap<string, string>, kind: TargetSchema['kind'], stray: StrayFiles, context: ReadContext): Promise<ImageTargets> {
  const kept = [...files.keys()].filter((path) => !stray.junk(path));
  const tables = kept.filter((path) => IS_TABLE.test(baseName(path)));
  const images = kept.filter((path) => IS_IMAGE.test(path));
  for (const path of kept) if (!tables.includes(path) && !IS_IMAGE.test(path)) stray.unknown(path, EXPECTED);
  if (tables.length === 0 || images.length === 0) {
    throw unusable('data set', { received: tables.length === 0 ? 'no targets.csv' : 'no .png, .jpg or .jpeg file', expected: EXPECTED, remedy: 'Add it.' });
  }
  const read = await Promise.all(tables.map((path) => readTextTable(files.get(path)!, path, context)));
  const names = namesOf(read, kind);
  const targets = new Map<string, Float32Array>();
  for (const table of read) readRows(table, kind, names, images, targets);
  const silent = images.find((path) => !targets.has(path));
  if (silent !== undefined) throw corrupt(silent, { received: `an image without a row in ${tables.join(', ')}`, expected: 'a row for each', remedy: 'Add one, or leave the image out.' });
  const placed = images.map((path): ImageFile => ({ path, local: files.get(path)!, part: partOf(path), label: 0 }));
  return { names, images: placed, rows: new Map(placed.map((image) => [image, targets.get(image.path)!])) };
}

/** Its first folder that is named as a part. */
const partOf = (path: string): ImageFile['part'] => path.split('/').slice(0, -1).map(partNamed).find((part) => part !== undefined) ?? 'train';

function namesOf(tables: readonly TextTable[], kind: TargetSchema['kind']): string[] {
  const [first] = tables as [TextTable];
  if (kind === 'labels' && tables.every(({ columns }) => columns.includes('labels'))) {
    const named = tables.flatMap((table) => table.rows.flatMap(({ values }) => labelsIn(values[columnNamed(table, 'labels', 'the column')]!)));
    if (named.length === 0) throw unusable(first.file, { received: 'no label', expected: 'names in the column labels, semicolons between', remedy: 'Fill them in.' });
    return [...new Set(named)].sort(byCodeUnit);
  }
  const others = ({ columns }: TextTable): string[] => columns.filter((name) => name !== 'path');
  const names = others(first);
  for (const table of tables) {
    if (names.length > 0 && others(table).join('\n') === names.join('\n')) continue;
    throw corrupt(table.file, { received: `the columns ${listed(table.columns)}`, expected: names.length === 0 ? 'a column path and one a target' : `those of ${first.file}`, remedy: 'Make the headers alike.' });
  }
  return names;
}

const labelsIn = (cell: string): string[] => cell.split(SEPARATOR).map((name) => name.trim()).filter((name) => name !== '');

function readRows(table: TextTable, kind: TargetSchema['kind'], names: string[], images: readonly string[], targets: Map<string, Float32Array>): void {
  const known = new Set(images);
  const pathAt = columnNamed(table, 'path', 'the name of the first column');
  const labelsAt = kind === 'labels' ? table.columns.indexOf('labels') : -1;
  for (const { line, values } of table.rows) {
    const where = `${table.file}, line ${line}`;
    const path = posix.join(posix.dirname(table.file), values[pathAt]!.trim());
    if (!known.has(path)) throw corrupt(where, { received: `the path ${JSON.stringify(values[pathAt]!.slice(0, 200))}`, expected: `one of the images, from the folder of ${baseName(table.file)}`, remedy: 'Correct it, or add the image.' });
    if (targets.has(path)) throw corrupt(where, { received: `a second row of ${path}`, expected: 'one', remedy: 'Remove one of them.' });
    const row = new Float32Array(names.length);
    if (labelsAt >= 0) for (const name of labelsIn(values[labelsAt]!)) row[names.indexOf(name)] = 1;
    else names.forEach((name, index) => (row[index] = numberIn(values[table.columns.indexOf(name)]!)));
    checkTargets(row, row.length, kind, () => where);
    targets.set(path, row);
  }
}

/** NaN for a cell that holds no number: an empty one would be 0. */
const numberIn = (cell: string): number => (cell.trim() === '' ? NaN : Number(cell));
