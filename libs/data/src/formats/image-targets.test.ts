import { join } from 'node:path';
import { npyHeader } from '../npy/write';
import { evaluationBatches } from '../load/evaluation-batches';
import { ImageBatches } from '../load/image-batches';
import { loadPart } from '../load/load-part';
import { ingest } from '../ingest/ingest';
import { fixture } from '../testing/fixtures';
import { tempFolder, writeFiles } from '../testing/temp';
import { zipBytes } from '../testing/zip-bytes';
import type { IngestOptions } from '../types';

const folder = tempFolder();
let runs = 0;
const read = async (files: Record<string, string | Uint8Array>, options: Partial<IngestOptions> = {}) =>
  ingest({ files: await writeFiles(folder, files) }, { format: 'imageFolder', target: 'labels', validationShare: 0, ...options }, join(folder, `out-${runs++}`));
const image = fixture('images/rgb.png');
const photo = fixture('images/photo.jpg');
const npy = (descr: string, shape: number[], data: Uint8Array | Float32Array | Int32Array) => Buffer.concat([npyHeader(descr, shape), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
const pictures = npy('|u1', [4, 2, 2], Uint8Array.from({ length: 16 }, (_, index) => index));
const load = (parts: Awaited<ReturnType<typeof read>>['parts'], at = 0) => loadPart(parts[at]!.examplesFile, parts[at]!.labelsFile);

describe('a table of targets beside images', () => {
  it('holds the names of labels, semicolons between; one image may have none', async () => {
    const { schema, parts } = await read({ 'p/1.png': image, 'p/2.jpg': photo, 'p/3.png': image, 'p/targets.csv': 'path,labels\n1.png,sea; sky\n2.jpg,\n3.png,city\n' });
    expect(schema).toMatchObject({ kind: 'image', exampleShape: [12, 16, 3], classNames: [], target: { kind: 'labels', names: ['city', 'sea', 'sky'], mean: [] } });
    expect(parts[0]!.classCounts).toEqual([]);
    const part = await load(parts);
    expect(part.targets).toEqual({ width: 3, data: Float32Array.of(0, 1, 1, 0, 0, 0, 1, 0, 0) });
    expect([...part.labels]).toEqual([0, 0, 0]);
  });

  it('or a column a label, or a number; from train/ and test/ in a zip', async () => {
    const rows = 'path,x,y\n1.png,1,0.5\n2.png,3,0.5\n';
    const files = { 'train/1.png': image, 'train/2.png': image, 'train/targets.csv': rows, 'test/1.png': image, 'test/targets.csv': 'path,x,y\n1.png,7,-2\n' };
    const zip = zipBytes(Object.entries(files).map(([name, data]) => ({ name, data: Buffer.from(data), deflate: true })));
    const { schema, parts } = await read({ 'all.zip': zip }, { target: 'numbers' });
    expect(schema.target).toEqual({ kind: 'numbers', names: ['x', 'y'], mean: [2, 0.5], standardDeviation: [1, 1] });
    expect([...(await load(parts, 1)).targets!.data]).toEqual([7, -2]);
    const flags = await read({ '1.png': image, 'targets.tsv': 'path\ta\tb\n1.png\t0\t1\n' });
    expect((await load(flags.parts)).targets!.data).toEqual(Float32Array.of(0, 1));
  });

  it('names a corrupt image, or leaves it and its row out', async () => {
    const files = { '1.png': image, '2.png': image.subarray(0, 50), 'targets.csv': 'path,labels\n1.png,a\n2.png,b\n' };
    await expect(read(files)).rejects.toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringContaining("2.png: an image that can't be decoded") });
    const { parts, skippedFiles } = await read(files, { badFiles: 'skip' });
    expect(parts[0]!.count).toBe(1);
    expect(skippedFiles[0]).toMatch(/^2\.png \(/);
  });

  it.each<[string, Record<string, string | Uint8Array>, Partial<IngestOptions>, string, string]>([
    ['no table', { '1.png': image }, {}, 'UNUSABLE_DATASET', 'data set: no targets.csv; expected PNG and JPEG files with a targets.csv'],
    ['an image without a row', { '1.png': image, '2.png': image, 'targets.csv': 'path,labels\n1.png,a\n' }, {}, 'CORRUPT_DATA', '2.png: an image without a row in targets.csv'],
    ['a row without an image', { '1.png': image, 'targets.csv': 'path,labels\n1.png,a\n9.png,a\n' }, {}, 'CORRUPT_DATA', 'targets.csv, line 3: the path "9.png"'],
    ['a second row', { '1.png': image, 'targets.csv': 'path,labels\n1.png,a\n1.png,b\n' }, {}, 'CORRUPT_DATA', 'targets.csv, line 3: a second row of 1.png'],
    ['a label that is a number', { '1.png': image, 'targets.csv': 'path,a\n1.png,2\n' }, {}, 'UNUSABLE_DATASET', 'targets.csv, line 2: label 2; expected 1 where it has the label, else 0'],
    ['a number that is none', { '1.png': image, 'targets.csv': 'path,a\n1.png,\n' }, { target: 'numbers' }, 'UNUSABLE_DATASET', 'targets.csv, line 2: number NaN; expected finite float32 numbers'],
    ['no label at all', { '1.png': image, 'targets.csv': 'path,labels\n1.png,\n' }, {}, 'UNUSABLE_DATASET', 'targets.csv: no label'],
    ['no target', { '1.png': image, 'targets.csv': 'path\n1.png\n' }, { target: 'numbers' }, 'CORRUPT_DATA', 'expected a column path and one a target'],
    ['a format without images', { 'a.csv': 'x,y\n1,2\n' }, { format: 'csv' }, 'INVALID_FIELD', 'options.target: is labels with the format csv'],
  ])('is refused with %s', async (_, files, options, reason, message) => {
    await expect(read(files, options)).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
  });
});

describe('NumPy arrays of targets', () => {
  it('hold labels as rows of 0 and 1, of any type', async () => {
    const y = npy('|u1', [4, 3], Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1));
    const { schema, parts } = await read({ 'x_train.npy': pictures, 'y_train.npy': y }, { format: 'numpy' });
    expect(schema.target).toMatchObject({ kind: 'labels', names: ['0', '1', '2'] });
    expect([...(await load(parts)).targets!.data]).toEqual([1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1]);
  });

  it('hold numbers, a vector or a single one, and are split without classes', async () => {
    const y = npy('<f4', [4], Float32Array.of(-1, 0, 1, 2));
    const { schema, parts } = await read({ 'x.npy': pictures, 'y.npy': y }, { format: 'numpy', target: 'numbers', validationShare: 0.25 });
    expect(schema.target).toMatchObject({ kind: 'numbers', names: ['value_0'] });
    expect(parts.map(({ part, count }) => [part, count])).toEqual([['train', 3], ['validation', 1]]);
    const [train, validation] = [await load(parts), await load(parts, 1)];
    expect([...train.targets!.data, ...validation.targets!.data].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
    const mean = [...train.targets!.data].reduce((sum, value) => sum + value, 0) / 3;
    expect(schema.target!.mean[0]).toBeCloseTo(mean, 12);
  });

  it.each<[string, Uint8Array, IngestOptions['target'], string]>([
    ['class numbers for labels', npy('<i4', [4], Int32Array.of(0, 1, 2, 3)), 'labels', 'labels of shape [4]; expected [n, labels]'],
    ['a label of 2', npy('|u1', [4, 1], Uint8Array.of(0, 1, 2, 1)), 'labels', 'y.npy, example 2: label 2'],
    ['infinity', npy('<f4', [4], Float32Array.of(0, 1, Infinity, 1)), 'numbers', 'y.npy, example 2: number Infinity'],
    ['too few rows', npy('<f4', [3], Float32Array.of(0, 1, 2)), 'numbers', '3 labels; expected 4'],
  ])('are refused with %s', async (_, y, target, message) => {
    await expect(read({ 'x.npy': pictures, 'y.npy': y }, { format: 'numpy', target })).rejects.toMatchObject({ reason: 'UNUSABLE_DATASET', message: expect.stringContaining(message) });
  });
});

test('batches bring the targets of their images, padding 0', async () => {
  const y = npy('<f4', [4, 2], Float32Array.of(0, 0, 1, 10, 2, 20, 3, 30));
  const { parts } = await read({ 'x.npy': pictures, 'y.npy': y }, { format: 'numpy', target: 'numbers' });
  const part = await load(parts);
  const [first, second] = [...(evaluationBatches(part, 3).batches() as Iterable<{ inputs: Record<string, { shape: number[]; data: ArrayLike<number> }>; count: number }>)];
  expect(first!.inputs['targets']!.shape).toEqual([3, 2]);
  expect([...Array.from(second!.inputs['targets']!.data)]).toEqual([3, 30, 0, 0, 0, 0]);
  const batch = new ImageBatches(part, { batchSize: 4, seed: 3 }).batch(0, 0);
  const images = Array.from({ length: 4 }, (_, row) => Math.round((batch.inputs['x']!.data[row * 4] as number) * 255) / 4);
  expect([...Array.from(batch.inputs['targets']!.data)]).toEqual(images.flatMap((row) => [row, row * 10]));
});
