import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { asCorrupt, headerProblem, isMissing, MAX_RECORD_BYTES, NUMBER, valueProblem } from '../csv/read-table';
import { pipeInto, tooLarge } from '../files/read-file';
import type { FormatInput, FormatReader } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import { checkSignal, corrupt, listed, unusable } from '../problems';
import { gapsOf, rhythmOf, timeAxis } from './frequency';
import { interpolate } from './interpolate';
import { parseTime } from './times';

const EXPECTED = 'one .csv with a column of times and columns of numbers';
/** Fewer say nothing of a rhythm. */
const LEAST_ROWS = 3;

interface Row {
  line: number;
  time: number;
  /** NaN: not there. */
  values: number[];
}

/** Reads one .csv as a series: rows put in order of time, their rhythm found, gaps refused or interpolated. */
export const readSeries: FormatReader = async (input) => {
  const stray = new StrayFiles(input.options.badFiles);
  const found = [...input.files].filter(([path]) => {
    if (stray.junk(path)) return false;
    if (/\.csv$/i.test(path)) return true;
    stray.unknown(path, EXPECTED);
    return false;
  });
  const [first, second] = found;
  if (!first || second) {
    const received = second ? `${found.length} tables` : 'no table';
    throw corrupt([...input.files.keys()][0]!, { received, expected: EXPECTED, remedy: second ? 'Join them, or import each as a data set of its own.' : 'Send one .csv.' });
  }
  const [path, local] = first;
  const { columns, time, rows, left } = await readRows(local, path, input);
  if (rows.length < LEAST_ROWS) {
    throw unusable(path, { received: `a series of ${rows.length} row${rows.length === 1 ? '' : 's'}`, expected: `at least ${LEAST_ROWS}`, remedy: 'Send more data.' });
  }
  return { ...assemble(path, columns, time, rows, input), skippedFiles: [...stray.skipped, ...left.map((name) => `${path}, column "${name}" (holds no numbers)`)] };
};

function assemble(file: string, columns: string[], timeColumn: string, rows: Row[], { options }: FormatInput) {
  rows.sort((a, b) => a.time - b.time);
  const twice = rows.findIndex((row, i) => i > 0 && row.time === rows[i - 1]!.time);
  if (twice > 0) {
    const { line, time } = rows[twice]!;
    throw unusable(`${file}, line ${line}`, { received: `a second row of ${isoOf(time)}`, expected: 'one row for each time', remedy: 'Aggregate them, for instance to their mean or sum.' });
  }
  const rhythm = rhythmOf(rows.map(({ time }) => time), file);
  const gaps = gapsOf(rows.map(({ time }) => time), rhythm);
  if (gaps.length > 0 && options.missing !== 'interpolate') {
    throw unusable(file, {
      received: `no row of ${gaps.slice(0, 3).map(isoOf).join(', ')}${gaps.length > 3 ? ` and ${gaps.length - 3} more` : ''}, between others`,
      expected: `a row for each step (${rhythm.every} ${rhythm.frequency})`,
      remedy: 'Add the rows, or set missing to INTERPOLATE.',
    });
  }
  const whole = [...rows, ...gaps.map((time) => ({ line: 0, time, values: columns.map(() => NaN) }))].sort((a, b) => a.time - b.time);
  const examples = Float32Array.from(whole.flatMap(({ values }) => values));
  const filled = interpolate(examples, columns.length);
  if ('emptyColumn' in filled) {
    throw unusable(`${file}, column "${columns[filled.emptyColumn]}"`, { received: 'no number at all', expected: 'numbers', remedy: 'Leave the column out with value_columns.' });
  }
  const { axis, labels } = timeAxis(timeColumn, whole.map(({ time }) => time), rhythm, file);
  const train = { file, count: whole.length, examples, labels };
  return { kind: 'series' as const, exampleShape: [columns.length], classNames: [], columns, parts: { train }, time: { ...axis, interpolated: filled.replaced } };
}

const isoOf = (time: number): string => new Date(time).toISOString().replace('T00:00:00.000Z', '');

async function readRows(local: string, file: string, { options, context, onProgress }: FormatInput) {
  const records = pipeInto(createReadStream(local, { signal: context.signal }), parse({ bom: true, info: true, skip_empty_lines: true, trim: true, max_record_size: MAX_RECORD_BYTES }));
  let names: string[] | undefined;
  let kept: Kept | undefined;
  const rows: Row[] = [];
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!names) {
        const wrong = headerProblem(record);
        if (wrong) throw corrupt(file, wrong);
        names = record;
        continue;
      }
      kept ??= choose(names, record, file, options.timeColumn ?? '', options.valueColumns ?? []);
      rows.push(readRow(record, info.lines, names, kept, file, options.missing === 'interpolate'));
      if (rows.length * kept.values.length * 4 > context.limits.maxBytes) throw tooLarge(file, rows.length * kept.values.length * 4, context.limits);
    }
  } catch (error) {
    checkSignal(context.signal);
    throw error instanceof CsvError ? asCorrupt(error, file) : error;
  } finally {
    records.destroy();
  }
  if (!names || !kept) throw unusable(file, { received: names ? 'a header line but no row' : 'an empty file', expected: 'a header line and rows', remedy: 'Send the series.' });
  onProgress({ stage: 'read', done: rows.length, total: rows.length, unit: 'examples' });
  const all = names;
  return { columns: kept.values.map((at) => all[at]!), time: all[kept.time]!, rows, left: kept.left.map((at) => all[at]!) };
}

/** Indices of the columns. */
interface Kept {
  time: number;
  values: number[];
  /** That hold no numbers, and weren't asked for. */
  left: number[];
}

function choose(names: readonly string[], first: readonly string[], file: string, timeColumn: string, valueColumns: readonly string[]): Kept {
  const indexOf = (name: string, option: string): number => {
    const at = names.indexOf(name);
    if (at >= 0) return at;
    throw corrupt(file, { received: `no column "${name}"`, expected: `one of ${listed(names, 20)}`, remedy: `Set ${option} to one of these.` });
  };
  const time = timeColumn === '' ? first.findIndex((text) => text.length > 4 && parseTime(text) !== undefined) : indexOf(timeColumn, 'time_column');
  if (time < 0) {
    throw corrupt(file, { received: `no column of times in the first row (${listed(first)})`, expected: 'times such as 2024-03-01 or 2024-03-01T12:00:00Z', remedy: 'Write the times so, or set time_column.' });
  }
  if (valueColumns.length > 0) return { time, values: valueColumns.map((name) => indexOf(name, 'value_columns')), left: [] };
  const others = names.map((_, at) => at).filter((at) => at !== time);
  const numeric = (at: number): boolean => NUMBER.test(first[at]!) || isMissing(first[at]!);
  const values = others.filter(numeric);
  if (values.length === 0) throw corrupt(file, { received: 'no column of numbers', expected: EXPECTED, remedy: 'Add one.' });
  return { time, values, left: others.filter((at) => !numeric(at)) };
}

function readRow(record: string[], line: number, names: readonly string[], { time, values }: Kept, file: string, fill: boolean): Row {
  const at = parseTime(record[time]!);
  if (at === undefined) {
    throw unusable(`${file}, line ${line}, column "${names[time]}"`, { received: `"${record[time]!.slice(0, 100)}"`, expected: 'a time such as 2024-03-01 or 2024-03-01T12:00:00Z', remedy: 'Correct it.' });
  }
  const numbers = values.map((index) => {
    const text = record[index]!;
    if (isMissing(text)) {
      if (fill) return NaN;
      const { received, expected } = valueProblem(text, true, NaN);
      throw unusable(`${file}, line ${line}, column "${names[index]}"`, { received, expected, remedy: 'Fill it in, or set missing to INTERPOLATE.' });
    }
    const value = NUMBER.test(text) ? Math.fround(Number(text)) : NaN;
    if (Number.isFinite(value)) return value;
    throw unusable(`${file}, line ${line}, column "${names[index]}"`, { ...valueProblem(text, false, value), remedy: 'Correct it, or leave the column out with value_columns.' });
  });
  return { line, time: at, values: numbers };
}
