import { readdir, readFile, writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { cnn, type QuartetError } from '@quartet/contracts';
import { importKeras, tensorFromFloat32, type Input } from '@quartet/client';
import { Platform } from './testing/platform';

// Models that real Keras saved, and what it answered: golden/keras, with the script that made them.

const GOLDEN = join(__dirname, '../golden/keras');
const PIXELS = { unit: cnn.PixelRange.PIXEL_RANGE_UNIT, byte: cnn.PixelRange.PIXEL_RANGE_BYTE, signed: cnn.PixelRange.PIXEL_RANGE_SIGNED };
/** One of each format; keras/convert.test.ts has them all. */
const FILES = ['separable.keras', 'functional-h5.h5', 'keras2.h5'];
const IMAGES = 4;

interface Golden {
  shape: number[];
  pixels: keyof typeof PIXELS;
  /** Whether the import must be told of the pixels. */
  told: boolean;
  /** [images, classes]. */
  outputs: number[][];
}

/** The script's images, 0..1. */
const images = (shape: number[]): Float32Array =>
  Float32Array.from({ length: IMAGES * shape.reduce((a, b) => a * b, 1) }, (_, at) => ((at * 37 + Math.floor(at / 7) * 11 + ((at * at) % 91)) % 256) / 255);

describe('models of Keras', () => {
  let platform: Platform;
  let golden: Record<string, Golden>;

  const imported = (file: string, header: Parameters<typeof importKeras>[2] = {}) => importKeras(platform.family, join(GOLDEN, file), { model: 'bad', ...header });
  const refusal = (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);

  beforeAll(async () => {
    platform = await Platform.start({ QUARTET_MAX_IMPORT_BYTES: '50000' });
    golden = (JSON.parse(await readFile(join(GOLDEN, 'golden.json'), 'utf8')) as { models: Record<string, Golden> }).models;
  });
  afterAll(() => platform?.stop());

  it.each(FILES)('%s gives the same answers here', async (file) => {
    const { shape, pixels, told, outputs } = golden[file]!;
    const model = file.replace('.', '-');
    const answer = await imported(file, { model, ...(told && { pixels: PIXELS[pixels] }) });
    expect(answer.pixels).toBe(PIXELS[pixels]);
    expect(answer.notes).toEqual([]);
    await platform.control.models.promoteVersion({ model, version: answer.version!.version });
    const classes = outputs[0]!.length;
    const input = { $case: 'batch' as const, value: tensorFromFloat32(images(shape), [IMAGES, ...shape]) };
    const { results } = await platform.family.cnn.classify({ model: { name: model }, input, topK: classes });
    const received = results.map((result) => [...result.classes].sort((a, b) => a.index - b.index).map(({ probability }) => probability));
    expect(Math.max(...outputs.flatMap((row, at) => row.map((value, index) => Math.abs(value - received[at]![index]!))))).toBeLessThan(1e-5);
  });

  it('says where a version comes from, and gives the same one for the same file', async () => {
    const header = { model: 'twice', classNames: ['ant', 'bee', 'cat'] };
    const [one, two] = await Promise.all([imported('plain.keras', header), imported('plain.keras', header)]);
    expect(one.version!.version).toBe(1n);
    expect(two.version).toEqual(one.version);
    const { lineage, jobId, dataset, manifestJson } = one.version!;
    const file = { format: 'keras', fileName: 'plain.keras', sha256: expect.stringMatching(/^[0-9a-f]{64}$/), size: 28793n, producer: 'keras 3.15.1' };
    expect({ lineage, jobId, dataset }).toEqual({ lineage: { origin: { $case: 'imported', value: file } }, jobId: '', dataset: '' });
    expect(JSON.parse(manifestJson)).toMatchObject({ classNames: header.classNames, extra: { lineage: { imported: { fileName: 'plain.keras' } } } });
    expect((await imported('plain.keras', { model: 'twice' })).version!.version).toBe(2n);
    const { versions } = await platform.control.models.listVersions({ model: 'twice' });
    expect(versions.map(({ version }) => version)).toEqual([2n, 1n]);
  });

  it('names all that it has no layer or setting for', async () => {
    const error = await refusal(imported('unsupported.keras'));
    expect(error.reason).toBe('INVALID_FIELD');
    expect(error.violations.map(({ field }) => field.replace(/dense_\d+/, 'dense'))).toEqual(['layers.dense.activation', 'layers.wide.dilation_rate', 'layers.wide.activation', 'layers.global_max_pooling2d']);
    expect(error.violations[1]!.description).toBe("Conv2D 'wide': dilation_rate is [2,2]. Use dilation_rate 1");
  });

  it('refuses a request that is wrong, and keeps nothing of one that was broken off', async () => {
    const wrong = (header: object) => refusal(imported('plain.keras', header)).then(({ message }) => message);
    expect(await wrong({ model: 'No Name' })).toMatch(/^header\.model: is "No Name"/);
    expect(await wrong({ classNames: ['a'] })).toBe('header.class_names: are 1; the model has 3 classes. Give one name a class, in the order of its outputs, or none');
    expect(await wrong({ classNames: ['a', 'b', 'a'] })).toMatch(/has "a" twice/);
    expect((await refusal(imported('nested.keras'))).message).toMatch(/Normalization 'normalization': comes first, and doesn't tell which numbers the model takes for a pixel\. Say so with `pixels`/);

    const send = (...messages: Input<cnn.ImportKerasRequest>[]) => refusal(platform.family.cnn.importKeras(Readable.from(messages))).then(({ message }) => message);
    const header = { message: { $case: 'header' as const, value: { model: 'bad' } } };
    const chunk = { message: { $case: 'chunk' as const, value: Buffer.alloc(40_000) } };
    expect(await send(chunk)).toMatch(/is chunk; expected a header before the chunks/);
    expect(await send(header)).toMatch(/the import holds no file/);
    expect(await send(header, chunk, chunk)).toMatch(/holds more than 50000 bytes.*QUARTET_MAX_IMPORT_BYTES/);

    const folder = await mkdtemp(join(tmpdir(), 'quartet-keras-'));
    const whole = await readFile(join(GOLDEN, 'plain.keras'));
    for (const [name, bytes] of [['cut.keras', whole.subarray(0, 20_000)], ['cut.h5', (await readFile(join(GOLDEN, 'plain-h5.h5'))).subarray(0, 9_000)]] as const) {
      await writeFile(join(folder, name), bytes);
      expect((await refusal(importKeras(platform.family, join(folder, name), { model: 'bad' }))).reason).toBe('CORRUPT_DATA');
    }
    await rm(folder, { recursive: true });
    const abort = new AbortController();
    const call = platform.family.cnn.importKeras((async function* () {
      yield header;
      yield { message: { $case: 'chunk' as const, value: whole.subarray(0, 20_000) } };
      abort.abort();
    })(), { signal: abort.signal });
    expect((await refusal(call)).reason).toBe('CANCELLED');
    expect((await refusal(platform.control.models.getModel({ name: 'bad' }))).reason).toBe('MODEL_NOT_FOUND');
    for (const until = Date.now() + 10_000; (await readdir(join(platform.home, 'cnn', 'work'))).length > 0 && Date.now() < until; ) await new Promise((done) => setTimeout(done, 50));
    expect(await readdir(join(platform.home, 'cnn', 'work'))).toEqual([]);
  });
});
