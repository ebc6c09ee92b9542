import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadFilePolicy, DatasetFormat, DataType, Part, type ImportDatasetResponse } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { claimedJob, createJob, file, idx, imageFiles, uniqueName, upload } from '../testing/fixtures';
import { newHome, removeHome, startRegistryProcess, until, type RegistryProcess } from '../testing/registry-process';

let registry: RegistryProcess;
let client: QuartetClient;
let importRoot: string;

beforeAll(async () => {
  const home = await newHome();
  importRoot = join(home, 'to import');
  await mkdir(importRoot);
  registry = await startRegistryProcess(home, { QUARTET_IMPORT_ROOT: importRoot, QUARTET_IMPORT_S3_ENDPOINTS: process.env['QUARTET_TEST_S3_ENDPOINT']!, QUARTET_MAX_UPLOAD_BYTES: '3000000', QUARTET_MAX_DATASET_FILES: '5' });
  ({ client } = registry);
});
afterAll(async () => {
  await registry?.stop();
  await removeHome(registry.home);
});

const staging = (): Promise<string[]> => readdir(join(registry.home, 'registry', 'staging'));

async function importAll(request: { name: string; uri: string; options?: object }): Promise<ImportDatasetResponse['message'][]> {
  const messages: ImportDatasetResponse['message'][] = [];
  for await (const { message } of client.datasets.importDataset(request)) messages.push(message);
  return messages;
}

describe('uploading', () => {
  it('reads, splits and stores IDX files, and gives the rows back', async () => {
    const name = uniqueName('digits');
    const dataset = await upload(client, name, imageFiles(20), { validationShare: 0.2, splitSeed: 3n });
    expect(dataset).toMatchObject({
      name, digest: expect.stringMatching(/^[0-9a-f]{64}$/), source: 'upload', skippedFiles: [], createdAt: expect.any(Date),
      schema: { kind: 'image', exampleShape: [4n, 4n, 1n], dtype: DataType.DATA_TYPE_UINT8, classNames: ['0', '1'] },
    });
    expect(dataset.parts.map(({ part, count, classCounts }) => [part, count, classCounts])).toEqual([
      [Part.PART_TRAIN, 16n, [8n, 8n]],
      [Part.PART_VALIDATION, 4n, [2n, 2n]],
    ]);
    expect(await client.datasets.getDataset({ name })).toEqual(dataset);
    const seen = new Set<number>();
    for (const { part, count } of dataset.parts) {
      const { examples, labels } = await client.datasets.readExamples({ name, part, offset: 1n, count: 100n });
      expect(examples).toMatchObject({ dtype: DataType.DATA_TYPE_UINT8, shape: [count - 1n, 4n, 4n, 1n] });
      expect(labels).toMatchObject({ dtype: DataType.DATA_TYPE_INT32, shape: [count - 1n] });
      for (let row = 0; row < Number(count) - 1; row++) {
        const image = examples!.data.subarray(row * 16, row * 16 + 16);
        expect(new Set(image).size).toBe(1);
        expect(labels!.data.readInt32LE(row * 4)).toBe(image[0]! % 2);
        seen.add(image[0]!);
      }
    }
    expect(seen.size).toBe(18);
    expect(await staging()).toEqual([]);
  });

  it('answers the same data again, and refuses other data under the name', async () => {
    const name = uniqueName('again');
    const first = await upload(client, name, imageFiles(20));
    expect(await upload(client, name, imageFiles(20))).toEqual(first);
    await expect(upload(client, name, imageFiles(22))).rejects.toMatchObject({ code: 6, reason: 'ALREADY_EXISTS', message: expect.stringContaining(`Data set "${name}" holds other data`) });
  });

  it.each([
    ['one class', () => imageFiles(10, 1), 'UNUSABLE_DATASET'],
    ['a truncated file', () => [{ ...imageFiles()[0]!, source: (imageFiles()[0]!.source as Buffer).subarray(0, 50) }, imageFiles()[1]!], 'CORRUPT_DATA'],
    ['labels of another count', () => [imageFiles(20)[0]!, imageFiles(10)[1]!], 'UNUSABLE_DATASET'],
    ['a climbing path', () => [file('../../evil', idx([1], [0]))], 'INVALID_FIELD'],
    ['an absolute path', () => [file('/etc/evil', idx([1], [0]))], 'INVALID_FIELD'],
    ['no file', () => [], 'INVALID_FIELD'],
    ['a file in two pieces', () => [file('a', Buffer.from('1')), file('b', Buffer.from('1')), file('a', Buffer.from('2'))], 'INVALID_FIELD'],
    ['too many files', () => Array.from({ length: 6 }, (_, i) => file(`f${i}`, Buffer.from('x'))), 'LIMIT_EXCEEDED'],
    ['too many bytes', () => [file('big', Buffer.alloc(3_000_001))], 'LIMIT_EXCEEDED'],
  ])('refuses %s, and keeps nothing', async (_what, files, reason) => {
    const name = uniqueName('bad');
    const before = await blobNames();
    await expect(upload(client, name, files())).rejects.toMatchObject({ reason, message: expect.stringMatching(/.{20}/) });
    await expect(client.datasets.getDataset({ name })).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
    expect(await blobNames()).toEqual(before);
    await until(async () => (await staging()).length === 0, 'the staging folder is empty');
    expect(existsSync(join(registry.home, '..', 'evil'))).toBe(false);
  });

  const blobNames = async (): Promise<string[]> => (await readdir(join(registry.home, 'blobs'), { recursive: true })).sort();

  it.each([
    ['a bad name', [{ message: { $case: 'header', value: { name: 'A B', options: { format: 1 } } } }], 'header.name: is "A B"'],
    ['a missing header', [{ message: { $case: 'chunk', value: { path: 'a', data: Buffer.from('x') } } }], 'message: is chunk; expected a header before the chunks.'],
    ['nothing', [], 'message: is missing; expected a header before the chunks.'],
    ['an unset format', [{ message: { $case: 'header', value: { name: 'x', options: {} } } }, { message: { $case: 'chunk', value: { path: 'a', data: Buffer.from('x') } } }], 'options.format'],
    ['a second header', [{ message: { $case: 'header', value: { name: 'x' } } }, { message: { $case: 'header', value: { name: 'x' } } }], 'message: is header; expected a chunk after the header.'],
  ] as const)('refuses %s', async (_what, messages, text) => {
    await expect(client.datasets.uploadDataset(messages as never)).rejects.toMatchObject({ code: 3, reason: 'INVALID_FIELD', message: expect.stringContaining(text) });
  });

  it('keeps nothing of a caller that vanishes in the middle', async () => {
    const name = uniqueName('gone');
    const stop = new AbortController();
    const [images] = imageFiles();
    const sending = client.datasets.uploadDataset(
      (async function* () {
        yield { message: { $case: 'header' as const, value: { name, options: { format: DatasetFormat.DATASET_FORMAT_IDX } } } };
        yield { message: { $case: 'chunk' as const, value: { path: images!.path, data: images!.source as Buffer } } };
        await until(async () => (await staging()).length === 1, 'the upload has begun');
        stop.abort();
        await new Promise(() => undefined);
      })(),
      { signal: stop.signal },
    );
    void sending.catch(() => undefined);
    await until(() => stop.signal.aborted, 'the caller vanished');
    await until(async () => (await staging()).length === 0, 'the staging folder is empty');
    await expect(client.datasets.getDataset({ name })).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
  });

  it('leaves out bad files when told to, and names them', async () => {
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==', 'base64');
    const files = ['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png'].map((path) => file(path, png)).concat(file('b/3.png', Buffer.from('no picture')));
    const options = { format: DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER, bad_files: 0, validationShare: 0 };
    await expect(upload(client, uniqueName('pngs'), files, options)).rejects.toMatchObject({ reason: expect.stringMatching(/CORRUPT_DATA|UNDECODABLE_IMAGE/), message: expect.stringContaining('b/3.png') });
    const dataset = await upload(client, uniqueName('pngs'), files, { ...options, badFiles: BadFilePolicy.BAD_FILE_POLICY_SKIP });
    expect(dataset.skippedFiles).toEqual([expect.stringContaining('b/3.png')]);
    expect(dataset.schema?.classNames).toEqual(['a', 'b']);
  });
});

describe('importing', () => {
  const csv = 'x,y,kind\n' + Array.from({ length: 30 }, (_, i) => `${i},${i * 2},${i % 3 === 0 ? 'red' : 'blue'}`).join('\n');

  it('reads a file below the allowed folder, with progress', async () => {
    await writeFile(join(importRoot, 'table.csv'), csv);
    const name = uniqueName('table');
    const messages = await importAll({ name, uri: `file://${importRoot.replaceAll(' ', '%20')}/table.csv`, options: { format: DatasetFormat.DATASET_FORMAT_CSV } });
    const last = messages.pop();
    expect(last).toMatchObject({ $case: 'dataset', value: { name, schema: { kind: 'table', columns: ['x', 'y'], classNames: ['blue', 'red'] } } });
    expect(messages.map((message) => message?.$case === 'progress' && message.value.stage)).toContain('store');
    expect(await client.datasets.getDataset({ name })).toEqual(last?.value);
    const { examples } = await client.datasets.readExamples({ name, part: Part.PART_TRAIN, offset: 0n, count: 1n });
    expect(examples).toMatchObject({ dtype: DataType.DATA_TYPE_FLOAT32, shape: [1n, 2n] });
    expect(examples!.data.readFloatLE(4)).toBe(2 * examples!.data.readFloatLE(0));
  });

  it('reads objects of a bucket', async () => {
    const endpoint = process.env['QUARTET_TEST_S3_ENDPOINT']!;
    const s3 = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true });
    const Bucket = uniqueName('import');
    await s3.send(new CreateBucketCommand({ Bucket }));
    for (const { path, source } of imageFiles(12)) await s3.send(new PutObjectCommand({ Bucket, Key: `digits/${path}`, Body: source as Buffer }));
    const name = uniqueName('s3');
    const messages = await importAll({ name, uri: `s3://${Bucket}/digits?endpoint=${encodeURIComponent(endpoint)}`, options: { format: DatasetFormat.DATASET_FORMAT_IDX } });
    expect(messages.pop()).toMatchObject({ $case: 'dataset', value: { name, schema: { exampleShape: [4n, 4n, 1n] } } });
    const other = `s3://${Bucket}/digits?endpoint=${encodeURIComponent('http://169.254.169.254')}`;
    await expect(importAll({ name: uniqueName('s3'), uri: other, options: { format: 1 } })).rejects.toMatchObject({
      reason: 'FORBIDDEN_URI',
      message: `"${other}" names the endpoint http://169.254.169.254, which isn't allowed here; expected one of ${endpoint}. Ask the operator to add it to QUARTET_IMPORT_S3_ENDPOINTS.`,
    });
    for (const uri of [`s3://${Bucket}/%E0%A4%A`, `s3://${Bucket}/digits?versionId=1`]) {
      await expect(importAll({ name: uniqueName('s3'), uri, options: { format: 1 } })).rejects.toMatchObject({ reason: 'FORBIDDEN_URI', message: expect.stringContaining('can\'t be read as an s3: URI') });
    }
    await expect(importAll({ name: uniqueName('s3'), uri: `s3://${Bucket}/none?endpoint=${encodeURIComponent(endpoint)}`, options: { format: 1 } })).rejects.toThrow('There is no object at');
  });

  it.each([
    ['a file elsewhere', 'file:///etc/passwd', 'FORBIDDEN_URI'],
    ['a climbing file', 'file://ROOT/../secret', 'FORBIDDEN_URI'],
    ['a link that leads out', 'file://ROOT/link.csv', 'FORBIDDEN_URI'],
    ['another scheme', 'http://127.0.0.1/x', 'FORBIDDEN_URI'],
    ['an unknown built-in', 'builtin:nothing', 'FORBIDDEN_URI'],
    ['nothing', '', 'INVALID_FIELD'],
  ])('refuses %s', async (_what, uri, reason) => {
    await symlink('/etc/passwd', join(importRoot, 'link.csv')).catch(() => undefined);
    const request = { name: uniqueName('no'), uri: uri.replace('ROOT', importRoot.replaceAll(' ', '%20')), options: { format: DatasetFormat.DATASET_FORMAT_CSV } };
    await expect(importAll(request)).rejects.toMatchObject({ code: 3, reason });
  });
});

describe('keeping', () => {
  it('lists in pages, deletes, and refuses to delete what a job uses', async () => {
    const name = uniqueName('kept');
    await upload(client, name, imageFiles());
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await client.datasets.listDatasets({ pageSize: 1, pageToken });
      names.push(...page.datasets.map((dataset) => dataset.name));
      pageToken = page.nextPageToken;
    } while (pageToken);
    expect(names).toContain(name);
    expect(names).toEqual([...names].sort());
    const job = await createJob(client, name);
    await expect(client.datasets.deleteDataset({ name })).rejects.toMatchObject({ code: 9, reason: 'WRONG_STATE', metadata: { dataset: name, job: job.id } });
    await client.training.cancelJob({ id: job.id });
    await client.datasets.deleteDataset({ name });
    await expect(client.datasets.getDataset({ name })).rejects.toMatchObject({ code: 5, reason: 'DATASET_NOT_FOUND' });
    await expect(client.datasets.deleteDataset({ name })).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
  });

  it('gives rows of records back with the lengths that cut them apart', async () => {
    const name = uniqueName('pairs');
    const csv = 'source,target\n' + Array.from({ length: 30 }, (_, i) => `${'s'.repeat(i + 1)},t${i}`).join('\n');
    const { schema, parts } = await upload(client, name, [file('a.csv', Buffer.from(csv))], { format: DatasetFormat.DATASET_FORMAT_PAIRS, validationShare: 0 });
    expect(schema).toMatchObject({ kind: 'pairs', columns: ['source', 'target'], exampleShape: [30n, 3n], dtype: DataType.DATA_TYPE_UINT8, mean: [], sampleRate: 0 });
    expect(parts).toEqual([expect.objectContaining({ part: Part.PART_TRAIN, count: 30n, classCounts: [] })]);
    const { examples, labels } = await client.datasets.readExamples({ name, part: Part.PART_TRAIN, offset: 9n, count: 2n });
    expect(examples).toEqual({ dtype: DataType.DATA_TYPE_UINT8, shape: [26n], data: Buffer.from(`${'s'.repeat(10)}t9${'s'.repeat(11)}t10`) });
    expect(labels).toEqual({ dtype: DataType.DATA_TYPE_INT32, shape: [2n, 3n], data: Buffer.from(Int32Array.of(-1, 10, 2, -1, 11, 3).buffer) });
    const end = await client.datasets.readExamples({ name, part: Part.PART_TRAIN, offset: 29n, count: 100n });
    expect(end.examples!.data.toString()).toBe(`${'s'.repeat(30)}t29`);
  });

  it('refuses rows that are not there', async () => {
    const name = uniqueName('rows');
    const { parts } = await upload(client, name, imageFiles(), { validationShare: 0 });
    const read = (request: object): Promise<unknown> => client.datasets.readExamples({ name, part: Part.PART_TRAIN, offset: 0n, count: 1n, ...request });
    expect(parts).toHaveLength(1);
    await expect(read({ part: Part.PART_TEST })).rejects.toThrow(`part: is PART_TEST; data set "${name}" has PART_TRAIN.`);
    await expect(read({ offset: 20n })).rejects.toThrow('offset: is 20; expected 0 to 19, the last row of the part.');
    await expect(read({ offset: -1n })).rejects.toThrow('offset: is -1');
    for (const count of [0n, 10_001n]) await expect(read({ count })).rejects.toThrow(`count: is ${count}; expected 1 to 10000.`);
    await expect(read({ name: 'absent' })).rejects.toMatchObject({ reason: 'DATASET_NOT_FOUND' });
  });

  it('trains on a data set that a worker can read', async () => {
    const name = uniqueName('train');
    const dataset = await upload(client, name, imageFiles());
    const { job } = await claimedJob(client, name);
    expect(job.dataset).toBe(dataset.name);
  });
});
