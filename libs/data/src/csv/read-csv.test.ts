import { join } from 'node:path';
import { ingest } from '../ingest/ingest';
import { loadPart } from '../load/load-part';
import { expected } from '../testing/fixtures';
import { tempFolder, writeFiles } from '../testing/temp';
import type { IngestOptions } from '../types';

const folder = tempFolder();
let runs = 0;
const read = async (files: Record<string, string>, options: Partial<IngestOptions> = {}, limits = {}) =>
  ingest({ files: await writeFiles(folder, files) }, { format: 'csv', validationShare: 0, ...options }, join(folder, `out-${runs++}`), { limits });
const loaded = async (files: Record<string, string>, options: Partial<IngestOptions> = {}) => {
  const { schema, parts } = await read(files, options);
  const { examples, labels } = await loadPart(parts[0]!.examplesFile, parts[0]!.labelsFile);
  return { schema, examples: [...examples], labels: [...labels] };
};

describe('CSV', () => {
  it('reads quoted values, a byte order mark, CRLF and blank lines; classes are names in order', async () => {
    const text = '\ufeffa,"b ""x"", y",kind\r\n1,"2.5",dog\r\n\r\n-3e2, .5 ,"cat, grey"\r\n+4,5.,dog\r\n';
    expect(await loaded({ 'data.csv': text })).toMatchObject({
      schema: { kind: 'table', exampleShape: [2], dtype: 'float32', columns: ['a', 'b "x", y'], classNames: ['cat, grey', 'dog'] },
      examples: [1, 2.5, -300, 0.5, 4, 5],
      labels: [1, 0, 1],
    });
  });

  it('takes the label column by name; whole numbers are classes in numeric order', async () => {
    const text = 'y,a\n10,1\n9,2\n9.0,3\n+10,4\n';
    expect(await loaded({ 'data.csv': text }, { labelColumn: 'y' })).toMatchObject({
      schema: { columns: ['a'], classNames: ['9', '10'] },
      labels: [1, 0, 0, 1],
    });
  });

  it('reads train.csv and test.csv, and gives the test part the classes of the training part', async () => {
    const { parts } = await read({ 'train.csv': 'a,y\n1,b\n2,a\n', 'test.csv': 'a,y\n3,b\n' });
    expect(parts.map(({ part, count, classCounts }) => [part, count, classCounts])).toEqual([['train', 2, [1, 1]], ['test', 1, [0, 1]]]);
  });

  it('learns the mean and standard deviation that NumPy computes', async () => {
    const { values, mean, std } = expected.table;
    const rows = Array.from({ length: 20 }, (_, row) => [...values.slice(row * 3, row * 3 + 3), row % 2].join());
    const { schema } = await read({ 'data.csv': ['a,b,c,y', ...rows].join('\n') });
    schema.mean.forEach((value, column) => expect(value).toBeCloseTo(mean[column]!, 10));
    schema.standardDeviation.forEach((value, column) => expect(value).toBeCloseTo(std[column]!, 10));
  });

  it.each<[string, string, string]>([
    ['a missing value', 'a,b,y\n1,2,x\n3,,y\n', 'data.csv, line 3, column "b": a missing value; expected a value in every cell. Fill it in or remove the row.'],
    ['NA', 'a,b,y\n1,2,x\nNA,4,y\n', 'data.csv, line 3, column "a": a missing value ("NA")'],
    ['NaN', 'a,b,y\n1,NaN,x\n', 'line 2, column "b": a missing value ("NaN")'],
    ['a missing label', 'a,y\n1,x\n2,\n', 'line 3, column "y": a missing value'],
    ['infinity', 'a,y\n1,x\n-inf,y\n', 'line 3, column "a": "-inf", which is not finite as float32; expected a finite number'],
    ['beyond float32', 'a,y\n1e39,x\n', '"1e39", which is not finite as float32'],
    ['text', 'a,y\nred,x\n', 'line 2, column "a": "red"; expected a number such as -1.5 or 2e3. Encode it as numbers'],
    ['hexadecimal', 'a,y\n0x10,x\n', '"0x10"; expected a number'],
    ['one class', 'a,y\n1,x\n2,x\n', 'data.csv: 2 examples of one class, "x"; expected at least two classes'],
    ['no row', 'a,y\n', 'a header line but no row; expected at least one row'],
    ['fractions as labels', 'a,y\n1,0.5\n2,1\n', 'labels with fractions, such as "0.5"; expected classes: whole numbers or names'],
    ['a class a row', `a,y\n${Array.from({ length: 10 }, (_, i) => `1,id${i}`).join('\n')}`, '10 classes in 10 rows ("id0", "id1", "id2" and 7 more); expected several rows a class'],
  ])('refuses %s as unusable', async (_, text, message) => {
    await expect(read({ 'data.csv': text })).rejects.toMatchObject({ reason: 'UNUSABLE_DATASET', message: expect.stringContaining(message) });
  });

  it.each<[string, Record<string, string>, string]>([
    ['an empty file', { 'data.csv': '' }, 'data.csv: an empty file; expected a header line and rows'],
    ['one column', { 'data.csv': 'a;b\n1;2\n' }, 'one column, "a;b"; expected at least two, separated by commas'],
    ['no header', { 'data.csv': '1,2\n3,4\n' }, 'a first line of numbers only ("1", "2"); expected a header line'],
    ['a column without name', { 'data.csv': 'a,,y\n1,2,x\n' }, 'no name for column 2'],
    ['two columns of one name', { 'data.csv': 'a,a,y\n1,2,x\n' }, 'two columns named "a"; expected names that differ'],
    ['a short line', { 'data.csv': 'a,b,y\n1,2,x\n3,y\n' }, 'expected as many values in each line as in the header line. Correct that line'],
    ['a long line', { 'data.csv': 'a,y\n1,2,x\n' }, 'expected as many values in each line'],
    ['an open quote', { 'data.csv': 'a,y\n1,"x\n2,y\n' }, 'expected CSV as in RFC 4180'],
    ['several files of no part', { 'a.csv': 'a,y\n1,x\n', 'b.csv': 'a,y\n1,x\n' }, 'a.csv: one of several files, of no known part; expected one .csv, or train.csv and test.csv'],
    ['only a test part', { 'test.csv': 'a,y\n1,x\n', 'val.csv': 'a,y\n1,x\n' }, 'no file of training data'],
    ['another file', { 'data.csv': 'a,y\n1,x\n', 'notes.txt': '' }, 'notes.txt: a file that this format has no place for'],
  ])('refuses %s as corrupt', async (_, files, message) => {
    await expect(read(files)).rejects.toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringContaining(message) });
  });

  it('names the columns at hand when the label column is not among them', async () => {
    await expect(read({ 'data.csv': 'a,b\n1,x\n' }, { labelColumn: 'c' })).rejects.toThrow('no column "c"; expected one of "a", "b". Set label_column to one of these.');
  });

  it('refuses other columns or classes in the test part, and too much data', async () => {
    await expect(read({ 'train.csv': 'a,y\n1,x\n2,z\n', 'test.csv': 'b,y\n1,x\n' })).rejects.toThrow('test.csv: columns b; expected a, as in train.csv');
    await expect(read({ 'train.csv': 'a,y\n1,x\n2,z\n', 'test.csv': 'a,y\n1,w\n' })).rejects.toThrow('test.csv: label "w" in row 1; expected one of "x", "z"');
    await expect(read({ 'data.csv': `a,b,c,y\n${'1,2,3,x\n'.repeat(9)}` }, {}, { maxBytes: 90 })).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      message: 'data.csv (as float32): 96 bytes; expected at most 90. Send less data, or ask the operator to raise QUARTET_MAX_UPLOAD_BYTES.',
    });
  });
});
