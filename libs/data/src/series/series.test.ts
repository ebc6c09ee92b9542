import { join } from 'node:path';
import { ingest } from '../ingest/ingest';
import { loadPart } from '../load/load-part';
import { tempFolder, writeFiles } from '../testing/temp';
import type { IngestOptions } from '../types';
import { rhythmOf, timeAfter } from './frequency';
import { interpolate } from './interpolate';
import { parseTime } from './times';

const folder = tempFolder();
let runs = 0;
const read = async (text: string, options: Partial<IngestOptions> = {}) =>
  ingest({ files: await writeFiles(folder, { 'a.csv': text }) }, { format: 'series', ...options }, join(folder, `series-${runs++}`));
const at = (text: string): number => parseTime(text)!;
const iso = (time: number): string => new Date(time).toISOString().slice(0, 10);

describe('times', () => {
  it.each([
    ['1958', '1958-01-01T00:00:00.000Z'],
    ['1958-03', '1958-03-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-03-01 12:30', '2024-03-01T12:30:00.000Z'],
    ['2024-03-01T12:30:15.25+02:00', '2024-03-01T10:30:15.250Z'],
    ['0050-06-01', '0050-06-01T00:00:00.000Z'],
  ])('%s', (text, expected) => expect(new Date(at(text)).toISOString()).toBe(expected));

  it.each(['', '03/01/2024', '2023-02-29', '2024-13-01', '2024-01-01T25:00', 'yesterday', '12.5'])('no time: "%s"', (text) => expect(parseTime(text)).toBeUndefined());
});

describe('rhythm', () => {
  it.each<[string, string[], ReturnType<typeof rhythmOf>]>([
    ['months', ['2020-01-31', '2020-02-29', '2020-03-31', '2020-05-31', '2020-06-30'], { frequency: 'month', every: 1 }],
    ['quarters', ['2020-01-01', '2020-04-01', '2020-07-01', '2021-01-01'], { frequency: 'month', every: 3 }],
    ['years', ['1999', '2000', '2001'], { frequency: 'year', every: 1 }],
    ['weeks', ['2020-01-06', '2020-01-13', '2020-01-20'], { frequency: 'day', every: 7 }],
    ['business days with a holiday', ['2020-01-02', '2020-01-03', '2020-01-06', '2020-01-07', '2020-01-09', '2020-01-10', '2020-01-13'], { frequency: 'businessDay', every: 1 }],
    ['quarters of an hour', ['2020-01-01T00:00', '2020-01-01T00:15', '2020-01-01T00:30'], { frequency: 'minute', every: 15 }],
  ])('of %s', (_, times, expected) => expect(rhythmOf(times.map(at), 'a.csv')).toEqual(expected));

  it('goes on in it: ends of months stay ends, business days leave weekends out', () => {
    const month = { frequency: 'month', every: 1 } as const;
    expect([1, 2, 13].map((steps) => iso(timeAfter(at('2020-01-31'), steps, month)))).toEqual(['2020-02-29', '2020-03-31', '2021-02-28']);
    expect(iso(timeAfter(at('2020-02-29'), 1, month))).toBe('2020-03-31');
    expect(iso(timeAfter(at('2020-01-30'), 1, month))).toBe('2020-02-29');
    expect([1, 2, 6].map((steps) => iso(timeAfter(at('2020-01-02'), steps, { frequency: 'businessDay', every: 1 })))).toEqual(['2020-01-03', '2020-01-06', '2020-01-10']);
  });
});

describe('interpolation', () => {
  it('draws a line over a gap, and holds the ends', () => {
    const values = Float64Array.from([NaN, 1, NaN, 2, 3, 3, NaN, 4, 9, NaN]);
    expect(interpolate(values, 2)).toEqual({ replaced: 4 });
    expect([...values]).toEqual([3, 1, 3, 2, 3, 3, 6, 4, 9, 4]);
  });

  it('tells of a column without numbers', () => expect(interpolate(Float64Array.from([1, NaN, 2, NaN]), 2)).toEqual({ emptyColumn: 1 }));
});

describe('a series', () => {
  const days = (count: number) => Array.from({ length: count }, (_, i) => `${iso(at('2020-01-01') + i * 86_400_000)},${i},word,${i * 10}`);

  it('is put in order of time, cut by time, and its times can be told from labels', async () => {
    const { schema, parts } = await read(['day,a,kind,b', ...days(20).reverse()].join('\n'), { testShare: 0.2, validationShare: 0.25 });
    expect(schema).toMatchObject({ kind: 'series', exampleShape: [2], columns: ['a', 'b'], classNames: [], time: { column: 'day', originMs: at('2020-01-01'), unitMs: 86_400_000, frequency: 'day', every: 1, interpolated: 0 } });
    const loaded = await Promise.all(parts.map(({ examplesFile, labelsFile }) => loadPart(examplesFile, labelsFile)));
    expect(parts.map(({ part, count, classCounts }) => [part, count, classCounts])).toEqual([['train', 12, []], ['validation', 4, []], ['test', 4, []]]);
    expect(loaded.map(({ labels }) => [...labels])).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [12, 13, 14, 15], [16, 17, 18, 19]]);
    expect([...loaded[2]!.examples]).toEqual([16, 160, 17, 170, 18, 180, 19, 190]);
    // The training part's alone: numpy.arange(12).mean(), .std()
    expect(schema.mean[0]).toBeCloseTo(5.5, 12);
    expect(schema.standardDeviation[0]).toBeCloseTo(3.452052529534663, 12);
  });

  it('says which columns it leaves out, and takes those that are named, in their order', async () => {
    const text = ['day,a,kind,b', ...days(9)].join('\n');
    expect((await read(text)).skippedFiles).toEqual(['a.csv, column "kind" (holds no numbers)']);
    expect((await read(text, { valueColumns: ['b', 'a'] })).schema.columns).toEqual(['b', 'a']);
    await expect(read(text, { valueColumns: ['c'] })).rejects.toThrow('no column "c"; expected one of "day", "a", "kind", "b"');
    await expect(read(text, { timeColumn: 'a' })).rejects.toThrow('line 2, column "a": "0"');
  });

  it('fills gaps in where it is asked to, rows that are missing among them', async () => {
    const rows = days(9);
    rows.splice(4, 1);
    rows[6] = rows[6]!.replace(/,70$/, ',NA');
    const text = ['day,a,kind,b', ...rows].join('\n');
    await expect(read(text)).rejects.toThrow('a missing value ("NA")');
    const { schema, parts } = await read(text, { missing: 'interpolate', validationShare: 0, testShare: 0 });
    expect(schema.time?.interpolated).toBe(3);
    expect([...(await loadPart(parts[0]!.examplesFile, parts[0]!.labelsFile)).examples]).toEqual(Array.from({ length: 9 }, (_, i) => [i, 10 * i]).flat());
  });
});
