import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadPart } from '../load/load-part';
import { npyHeader } from '../npy/write';
import { expected, fixture } from '../testing/fixtures';
import { idxBytes, idxPair } from '../testing/idx-bytes';
import { tempFolder, writeFiles } from '../testing/temp';
import type { IngestOptions, IngestProgress } from '../types';
import { ingest } from './ingest';

const folder = tempFolder();
let runs = 0;
type Files = Record<string, string | Uint8Array>;
const read = async (files: Files, options: Partial<IngestOptions> = {}, context = {}) =>
  ingest({ files: await writeFiles(folder, files) }, { format: 'idx', ...options }, join(folder, `out-${runs++}`), context);

const npy = (descr: string, shape: number[], data: NodeJS.ArrayBufferView) =>
  Buffer.concat([npyHeader(descr, shape), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
const train = idxPair(60, 3);
const test = idxPair(12, 3);
const mnistLike: Files = {
  'train-images-idx3-ubyte': train.images,
  'train-labels-idx1-ubyte': train.labels,
  't10k-images-idx3-ubyte.gz': gzipSync(test.images),
  't10k-labels-idx1-ubyte.gz': gzipSync(test.labels),
};

describe('ingest IDX', () => {
  it('carves validation from train alone, stratified, and keeps the test files as they are', async () => {
    const { schema, parts, skippedFiles } = await read(mnistLike);
    expect(parts.map(({ part, count, classCounts }) => [part, count, classCounts])).toEqual([
      ['train', 54, [18, 18, 18]],
      ['validation', 6, [2, 2, 2]],
      ['test', 12, [4, 4, 4]],
    ]);
    expect(schema).toMatchObject({ kind: 'image', exampleShape: [4, 4, 1], dtype: 'uint8', classNames: ['0', '1', '2'], columns: [] });
    expect(skippedFiles).toEqual([]);
    const loaded = await Promise.all(parts.map(({ examplesFile, labelsFile }) => loadPart(examplesFile, labelsFile)));
    // Each image tells its index in the file, and its label is that index modulo 3.
    const indices = loaded.map(({ examples, count }) => Array.from({ length: count }, (_, row) => examples[row * 16]!));
    loaded.forEach(({ labels }, part) => expect([...labels]).toEqual(indices[part]!.map((index) => index % 3)));
    expect([...indices[0]!, ...indices[1]!].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(indices[2]).toEqual(Array.from({ length: 12 }, (_, i) => i));
    const mean = indices[0]!.reduce((sum, value) => sum + value, 0) / 54 / 255;
    expect(schema.mean[0]).toBeCloseTo(mean, 12);
  });

  it('gives the same digest and bytes each time, and another for other data, split or classes', async () => {
    const first = await read(mnistLike);
    const again = await read(mnistLike);
    expect(again.digest).toBe(first.digest);
    expect(readFileSync(again.parts[0]!.examplesFile).equals(readFileSync(first.parts[0]!.examplesFile))).toBe(true);
    const others = await Promise.all([
      read(mnistLike, { splitSeed: 1n }),
      read(mnistLike, { validationShare: 0.2 }),
      read(mnistLike, { classNames: ['a', 'b', 'c'] }),
      read({ ...mnistLike, 't10k-images-idx3-ubyte.gz': Buffer.from(test.images).fill(1, 20, 21) }),
    ]);
    expect(new Set([first, ...others].map(({ digest }) => digest)).size).toBe(5);
    // Pinned: digests must not change between releases.
    expect(first.digest).toBe(PINNED_DIGEST);
  });

  it('carves a test part where the files bring none, and none of either where the shares are 0', async () => {
    const { 't10k-images-idx3-ubyte.gz': _i, 't10k-labels-idx1-ubyte.gz': _l, ...only } = mnistLike;
    const counts = async (options: Partial<IngestOptions>) => (await read(only, options)).parts.map(({ part, count }) => [part, count]);
    expect(await counts({ testShare: 0.2 })).toEqual([['train', 43], ['validation', 5], ['test', 12]]);
    expect(await counts({ validationShare: 0 })).toEqual([['train', 60]]);
  });

  it('tells how far it is, and stops when told to', async () => {
    const seen: IngestProgress[] = [];
    await read(mnistLike, {}, { onProgress: (progress: IngestProgress) => seen.push(progress) });
    expect(seen.filter(({ stage }) => stage === 'read').map(({ done }) => done)).toEqual([192, 204, 1164, 1224]);
    expect(seen.filter(({ stage }) => stage === 'store')).toEqual([54, 60, 72].map((done) => ({ stage: 'store', done, total: 72, unit: 'examples' })));
    await expect(read(mnistLike, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'CANCELLED', message: 'Reading the data set was cancelled.' });
  });

  const labels = (values: number[]) => idxBytes(8, [values.length], Uint8Array.from(values));
  const one = { 'train-images': train.images };
  it.each<[string, Files, string, string]>([
    ['labels that are fewer', { ...one, 'train-labels': labels([0, 1]) }, 'UNUSABLE_DATASET', 'train-labels: 2 labels; expected 60, one for each example in train-images. Send examples and labels that belong together.'],
    ['one class', { ...one, 'train-labels': labels(new Array<number>(60).fill(0)) }, 'UNUSABLE_DATASET', 'train-labels: 60 examples of one class, "0"; expected at least two classes. Add examples of another class.'],
    ['a label out of range', { ...one, 'train-labels': labels([...new Array<number>(59).fill(0).map((_, i) => i % 3), 200]) }, 'UNUSABLE_DATASET', 'train-labels: no training example with label 3, and label 200 is out of range without it; expected labels 0 to k-1'],
    ['a test label that train lacks', { ...mnistLike, 't10k-labels-idx1-ubyte.gz': labels([0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 0, 1]) }, 'UNUSABLE_DATASET', 't10k-labels-idx1-ubyte.gz: label 3 of example 3; expected labels 0 to 2, as in the training part'],
    ['no image', { 'train-images': idxBytes(8, [0, 4, 4], new Uint8Array()), 'train-labels': labels([]) }, 'UNUSABLE_DATASET', 'train-images: no element (shape [0, 4, 4]); expected at least one'],
    ['labels missing', one, 'CORRUPT_DATA', 'train-images: no file of train labels beside it; expected train-images-*, train-labels-*'],
    ['train missing', { 't10k-images': test.images, 't10k-labels': test.labels }, 'CORRUPT_DATA', 'no file of train images and labels beside it'],
    ['a file twice', { ...mnistLike, 'more/train-images': train.images }, 'CORRUPT_DATA', 'train-images-idx3-ubyte: a second file of train images, after more/train-images'],
    ['another file', { ...mnistLike, 'README.md': '' }, 'CORRUPT_DATA', 'README.md: a file that this format has no place for; expected train-images-*'],
    ['images of another size for test', { ...mnistLike, 't10k-images-idx3-ubyte.gz': idxBytes(8, [12, 2, 2], new Uint8Array(48)) }, 'UNUSABLE_DATASET', 'uint8 examples of shape [2, 2, 1]; expected uint8 examples of shape [4, 4, 1], as in the training part'],
    ['no file', {}, 'UNUSABLE_DATASET', 'data set: no file; expected at least one'],
  ])('refuses %s', async (_, files, reason, message) => {
    await expect(read(files)).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
  });

  it('leaves other files out if told to', async () => {
    expect((await read({ ...mnistLike, 'README.md': '' }, { badFiles: 'skip' })).skippedFiles[0]).toMatch(/^README.md \(/);
  });

  it('refuses class names that the labels go beyond', async () => {
    await expect(read(mnistLike, { classNames: ['a', 'b'] })).rejects.toThrow('label 2 of example 2; expected labels 0 to 1, one for each class name');
  });
});

describe('ingest NumPy', () => {
  it.each(['stored', 'deflated'])('reads the %s archive that NumPy wrote', async (name) => {
    const { schema, parts } = await read({ 'data.npz': fixture(`numpy/${name}.npz`) }, { format: 'numpy', validationShare: 0 });
    expect(schema.exampleShape).toEqual([6, 5, 1]);
    expect(schema.mean[0]).toBeCloseTo(expected.npz.mean, 12);
    expect(schema.standardDeviation[0]).toBeCloseTo(expected.npz.std, 12);
    const [a, b] = await Promise.all(parts.map(({ examplesFile, labelsFile }) => loadPart(examplesFile, labelsFile)));
    expect([...a!.examples].reduce((sum, value) => sum + value, 0)).toBe(expected.npz.x_train_sum);
    expect([...b!.examples]).toEqual(expected.npz.x_test);
    expect([...b!.labels]).toEqual(expected.npz.y_test);
  });

  const y = npy('<i4', [4], Int32Array.from([0, 1, 0, 1]));
  const numpy = (files: Files) => read(files, { format: 'numpy', validationShare: 0 });
  it('takes x and y as .npy files: floats in 0..1 stay floats, booleans become 0 and 255, two dimensions are a table', async () => {
    const floats = await numpy({ 'x.npy': npy('<f4', [4, 1, 1], Float32Array.from([0, 0.25, 0.5, 1])), 'y.npy': y });
    expect(floats.schema).toMatchObject({ kind: 'image', dtype: 'float32', mean: [0.4375] });
    const bits = await numpy({ 'x.npy': npy('|b1', [4, 1, 1], Uint8Array.from([0, 1, 1, 1])), 'y.npy': y });
    expect(bits.schema).toMatchObject({ kind: 'image', dtype: 'uint8', mean: [0.75] });
    const video = await numpy({ 'x.npy': npy('|u1', [4, 2, 1, 2, 1], Uint8Array.from({ length: 16 }, (_, at) => at)), 'y.npy': y });
    expect(video.schema).toMatchObject({ kind: 'video', exampleShape: [2, 1, 2, 1], dtype: 'uint8', columns: [] });
    const table = await numpy({ 'x.npy': npy('<f8', [4, 2], Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8])), 'y.npy': npy('<f8', [4, 1], Float64Array.from([0, 1, 0, 1])) });
    expect(table.schema).toMatchObject({ kind: 'table', exampleShape: [2], dtype: 'float32', columns: ['column_0', 'column_1'], mean: [4, 5] });
  });

  const table = (values: number[]) => npy('<f4', [4, 1], Float32Array.from(values));
  it.each<[string, Files, string, string]>([
    ['NaN', { 'x.npy': table([1, 2, NaN, 4]), 'y.npy': y }, 'UNUSABLE_DATASET', 'x.npy: NaN in example 2; expected finite float32 numbers. Replace or remove such examples'],
    ['infinity', { 'x.npy': table([1, -Infinity, 3, 4]), 'y.npy': y }, 'UNUSABLE_DATASET', 'x.npy: -Infinity in example 1'],
    ['doubles beyond float32', { 'x.npy': npy('<f8', [4, 1], Float64Array.from([0, 0, 0, 1e300])), 'y.npy': y }, 'UNUSABLE_DATASET', '1e+300 in example 3'],
    ['float pixels up to 255', { 'x.npy': npy('<f4', [4, 1, 1], Float32Array.from([0, 128, 255, 3])), 'y.npy': y }, 'UNUSABLE_DATASET', 'pixel 128 in image 1; expected fractions in 0..1, or uint8 in 0..255. If the pixels are in 0..255, save them with x.astype("uint8")'],
    ['whole pixels beyond 255', { 'x.npy': npy('<i4', [4, 1, 1], Int32Array.from([0, 256, 1, 2])), 'y.npy': y }, 'UNUSABLE_DATASET', 'pixel 256 in image 1; expected whole numbers in 0..255'],
    ['channels first', { 'x.npy': npy('|u1', [4, 3, 2, 2], new Uint8Array(48)), 'y.npy': y }, 'UNUSABLE_DATASET', 'Channels come last: use numpy.moveaxis(x, 1, -1).'],
    ['channels first in videos', { 'x.npy': npy('|u1', [4, 2, 3, 2, 2], new Uint8Array(96)), 'y.npy': y }, 'UNUSABLE_DATASET', 'Channels come last: use numpy.moveaxis(x, 2, -1).'],
    ['six dimensions', { 'x.npy': npy('|u1', [4, 1, 1, 1, 1, 1], new Uint8Array(4)), 'y.npy': y }, 'UNUSABLE_DATASET', 'videos [n, frames, height, width, channels]'],
    ['one dimension', { 'x.npy': npy('|u1', [4], new Uint8Array(4)), 'y.npy': y }, 'UNUSABLE_DATASET', 'x.npy: shape [4]; expected images [n, height, width]'],
    ['one-hot labels', { 'x.npy': table([1, 2, 3, 4]), 'y.npy': npy('|u1', [4, 2], new Uint8Array(8)) }, 'UNUSABLE_DATASET', 'labels of shape [4, 2]; expected one whole number an example, [n]. If the labels are one-hot, save y.argmax(1).'],
    ['negative labels', { 'x.npy': table([1, 2, 3, 4]), 'y.npy': npy('<i4', [4], Int32Array.from([0, 1, -1, 1])) }, 'UNUSABLE_DATASET', 'label -1 of example 2; expected whole numbers from 0 to 65535. Renumber the classes from 0.'],
    ['fractions as labels', { 'x.npy': table([1, 2, 3, 4]), 'y.npy': table([0, 1, 0.5, 1]) }, 'UNUSABLE_DATASET', 'label 0.5 of example 2'],
    ['huge labels', { 'x.npy': table([1, 2, 3, 4]), 'y.npy': npy('<i8', [4], BigInt64Array.from([0n, 1n, 1n << 62n, 1n])) }, 'UNUSABLE_DATASET', 'label 4611686018427387904 of example 2'],
    ['labels missing', { 'x.npy': table([1, 2, 3, 4]) }, 'CORRUPT_DATA', 'x.npy: no labels of the train part beside it'],
    ['other names', { 'images.npy': table([1, 2, 3, 4]) }, 'CORRUPT_DATA', 'images.npy: a file that this format has no place for; expected arrays x_train, y_train'],
    ['no training arrays', { 'x_test.npy': table([1, 2, 3, 4]), 'y_test.npy': y }, 'CORRUPT_DATA', 'only x_test.npy, y_test.npy; expected arrays x_train, y_train'],
    ['x and x_train', { 'x.npy': table([1, 2, 3, 4]), 'x_train.npy': table([1, 2, 3, 4]), 'y.npy': y }, 'CORRUPT_DATA', "x_train.npy: a second array of the train part's examples, after x.npy"],
  ])('refuses %s', async (_, files, reason, message) => {
    await expect(numpy(files)).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
  });
});

describe('ingest options', () => {
  it.each<[Partial<IngestOptions>, string]>([
    [{ validationShare: 0.95 }, 'options.validation_share: is 0.95; expected a share from 0 to 0.9. Set a share such as 0.1.'],
    [{ testShare: -0.1 }, 'options.test_share: is -0.1'],
    [{ testShare: NaN }, 'options.test_share: is NaN'],
    [{ imageHeight: 10 }, 'options.image_width: is 0 while the other side is set; expected both or neither.'],
    [{ imageHeight: 10_000, imageWidth: 1 }, 'options.image_height: is 10000; expected 1 to 4096 pixels'],
    [{ imageChannels: 2 }, 'options.image_channels: is 2; expected 1 (grey), 3 (RGB), 4 (RGBA)'],
    [{ format: 'parquet' as never }, 'options.format: is parquet; expected one of idx, numpy, csv, imageFolder'],
  ])('refuses %p', async (options, message) => {
    await expect(read(mnistLike, options)).rejects.toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining(message) });
  });
});

const PINNED_DIGEST = '281de6631af914330f89bdff3d29ff4d70c3466afec9c11c379ad59d6989dc5a';
