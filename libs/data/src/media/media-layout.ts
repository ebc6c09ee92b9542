import { posix } from 'node:path';
import type { ReadContext } from '../files/read-file';
import type { StrayFiles } from '../formats/stray-files';
import { partNamed } from '../ingest/part-name';
import { baseName, byCodeUnit } from '../paths';
import { corrupt, listed, unusable } from '../problems';
import { columnNamed, readTextTable } from '../text/text-table';
import { cleanText } from '../text/utf8';
import type { PartName } from '../types';

/** How files of one kind are laid out. */
export interface MediaKind {
  /** Of the files themselves. */
  files: RegExp;
  /** Name of the table of their texts, without its ending. */
  table: string;
  /** For errors: files, and how they should lie. */
  what: string;
  expected: string;
  /** True if a file may have several rows, and must have a text. */
  captions: boolean;
}

/** A file with its text; several of one file where it has several texts. */
export interface MediaFile {
  path: string;
  local: string;
  part: PartName;
  text: string;
  className?: string;
}

interface Row {
  text: string;
  className?: string;
}

/**
 * Tells part, text and class of each file: texts from tables beside or above them, classes from the tables or, where all files lie in
 * folders of one depth, from these. Folders above all of them don't matter.
 *
 * @param files In order of path. @param textColumn Of the tables; default `text`. @param labelColumn Default `class`, if there is one.
 * @throws QuartetError CORRUPT_DATA: another layout, or a table that names a file that isn't there.
 */
export async function layOutMedia(
  files: ReadonlyMap<string, string>,
  kind: MediaKind,
  stray: StrayFiles,
  { textColumn = '', labelColumn = '' }: { textColumn?: string; labelColumn?: string },
  context: ReadContext,
): Promise<MediaFile[]> {
  const isTable = (path: string): boolean => new RegExp(`^${kind.table}\\.(csv|tsv)$`, 'i').test(baseName(path));
  const kept = [...files.keys()].filter((path) => !stray.junk(path));
  const tables = kept.filter(isTable);
  const media = kept.filter((path) => kind.files.test(path));
  for (const path of kept) if (!isTable(path) && !kind.files.test(path)) stray.unknown(path, kind.expected);
  if (media.length === 0) throw unusable('data set', { received: `no ${kind.what}`, expected: kind.expected, remedy: 'Send some.' });
  const rows = new Map<string, Row[]>();
  for (const table of tables) await readRows(table, files, kind, rows, { textColumn, labelColumn }, context);
  if (kind.captions && tables.length === 0) throw unusable('data set', { received: `no ${kind.table}.csv`, expected: kind.expected, remedy: 'Add it, with the columns path and text.' });
  const silent = tables.length > 0 ? media.find((path) => !rows.has(path)) : undefined;
  if (silent !== undefined) throw corrupt(silent, { received: `a file without a row in ${tables[0]}`, expected: 'a row for each', remedy: 'Add one, or leave the file out.' });
  const placed = place(media, kind, tables.length > 0);
  return placed.flatMap(({ path, part, className }) => (rows.get(path) ?? [{ text: '' }]).map((row) => ({ path, local: files.get(path)!, part, className, ...row })));
}

async function readRows(file: string, files: ReadonlyMap<string, string>, kind: MediaKind, rows: Map<string, Row[]>, asked: { textColumn: string; labelColumn: string }, context: ReadContext): Promise<void> {
  const table = await readTextTable(files.get(file)!, file, context);
  const [pathAt, textAt] = [columnNamed(table, 'path', 'the name of the first column'), columnNamed(table, asked.textColumn || 'text', 'text_column')];
  const classAt = asked.labelColumn ? columnNamed(table, asked.labelColumn, 'label_column') : table.columns.indexOf('class');
  for (const { line, values } of table.rows) {
    const where = `${file}, line ${line}`;
    const path = posix.join(posix.dirname(file), values[pathAt]!.trim());
    if (!files.has(path) || !kind.files.test(path)) {
      throw corrupt(where, { received: `the path ${JSON.stringify(values[pathAt]!.slice(0, 200))}`, expected: `one of the ${kind.what}, from the folder of ${baseName(file)}`, remedy: 'Correct it, or add the file.' });
    }
    const text = cleanText(values[textAt]!, where).trim();
    const known = rows.get(path) ?? [];
    if (known.length > 0 && !kind.captions) throw corrupt(where, { received: `a second row of ${path}`, expected: 'one', remedy: 'Remove one of them.' });
    if (text === '' && kind.captions) throw unusable(where, { received: 'an empty text', expected: 'a text in every row', remedy: 'Fill it in or remove the row.' });
    const className = classAt < 0 ? undefined : cleanText(values[classAt]!, where).trim();
    if (className === '') throw unusable(where, { received: 'a missing class', expected: 'a class in every row', remedy: 'Fill it in or remove the column.' });
    rows.set(path, [...known, { text, ...(className !== undefined && { className }) }]);
  }
}

/** Part and class by the folders. Without a table there must be a folder a class. */
function place(paths: string[], kind: MediaKind, hasTable: boolean): { path: string; part: PartName; className?: string }[] {
  const split = paths.map((path) => path.split('/'));
  const [first] = split as [string[]];
  let above = 0;
  while (split.every((segments) => segments[above] === first[above] && segments.length > above + 1) && partNamed(first[above]!) === undefined && (hasTable || split.every(({ length }) => length > above + 2))) above++;
  const rest = split.map((segments) => segments.slice(above));
  const byPart = rest.every((segments) => segments.length > 1 && partNamed(segments[0]!) !== undefined);
  const folders = rest.map((segments) => segments.slice(byPart ? 1 : 0, -1));
  const classes = folders.every(({ length }) => length === 1) && (!hasTable || new Set(folders.map(([name]) => name)).size > 1);
  if (!classes && !hasTable) {
    const at = folders.findIndex(({ length }) => length !== 1);
    throw corrupt(paths[at]!, { received: 'a file outside this layout', expected: kind.expected, remedy: `Move the files into one folder a class, or add a ${kind.table}.csv.` });
  }
  return paths.map((path, at) => ({ path, part: byPart ? partNamed(rest[at]![0]!)! : 'train', className: classes ? folders[at]![0] : undefined }));
}

/** Names of the classes of the training part; none if no file has one. @throws QuartetError UNUSABLE_DATASET */
export function mediaClasses(media: readonly MediaFile[]): string[] {
  const train = media.filter(({ part }) => part === 'train');
  const names = [...new Set(train.flatMap(({ className }) => (className === undefined ? [] : [className])))].sort(byCodeUnit);
  for (const { path, className } of media) {
    if ((className === undefined) === (names.length > 0)) {
      throw corrupt(path, { received: className === undefined ? 'a file without a class' : `class "${className}"`, expected: names.length > 0 ? 'a class, as the others have' : 'no class, as in the training part', remedy: 'Give all of them a class, or none.' });
    }
    if (className !== undefined && !names.includes(className)) {
      throw unusable(path, { received: `class "${className}"`, expected: `one of the training classes: ${listed(names)}`, remedy: 'Add training files of that class, or remove it.' });
    }
  }
  return names;
}
