import { DatasetFormat, Part, type gan, type QuartetError, type Version } from '@quartet/contracts';
import { shapeOf, tensorFromFloat32, tensorFromUint8, tensorToFloat32, tensorToTypedArray, uploadDataset } from '@quartet/client';
import { npyHeader } from '@quartet/data';
import { WaveFile } from 'wavefile';
import { Platform } from './testing/platform';

// Sound and video, by a real client through a real gateway: tones of two pitches, and a bright square that moves right or down.

const SAMPLES = 256;
const RATE = 8000;
const [FRAMES, SIDE] = [4, 8];
const CLIP = FRAMES * SIDE * SIDE;

/** A tone after some silence, at a loudness and phase of its own. */
function tone(hertz: number, at: number): Int16Array {
  return Int16Array.from({ length: 400 }, (_, sample) => (sample < 20 ? 0 : Math.round((8000 + 400 * (at % 20)) * Math.sin((2 * Math.PI * hertz * sample) / RATE + at))));
}

/** A square of 3 pixels a side that moves by one from frame to frame. */
function square(down: boolean, at: number): Uint8Array {
  const clip = new Uint8Array(CLIP);
  const [x0, y0] = [at % 3, Math.floor(at / 3) % 3];
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const [left, top] = down ? [x0, Math.min(5, y0 + frame)] : [Math.min(5, x0 + frame), y0];
    for (let y = 0; y < 3; y += 1) for (let x = 0; x < 3; x += 1) clip[frame * SIDE * SIDE + (top + y) * SIDE + left + x] = 255;
  }
  return clip;
}

describe('a GAN of sounds and one of videos', () => {
  let platform: Platform;
  let sounds: Version;
  let videos: Version;
  const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);
  async function one(request: Parameters<Platform['client']['gan']['generate']>[0]): Promise<gan.GenerateResponse> {
    for await (const response of platform.client.gan.generate(request)) return response;
    throw new Error('nothing came');
  }

  beforeAll(async () => {
    platform = await Platform.start();
    const recordings = Array.from({ length: 160 }, (_, at) => {
      const high = at % 2 === 1;
      const wav = new WaveFile();
      wav.fromScratch(1, RATE, '16', tone(high ? 1500 : 300, at));
      const source = Buffer.from(wav.toBuffer());
      return { path: `${high ? 'high' : 'low'}/${at}.wav`, source, size: source.length };
    });
    await uploadDataset(platform.client, 'tones', { format: DatasetFormat.DATASET_FORMAT_RECORDINGS, validationShare: 0.4 }, recordings);
    const npy = (path: string, descr: string, shape: number[], data: Uint8Array) => {
      const source = Buffer.concat([npyHeader(descr, shape), data]);
      return { path, source, size: source.length };
    };
    const clips = new Uint8Array(Buffer.concat(Array.from({ length: 160 }, (_, at) => square(at % 2 === 1, at >> 1))));
    await uploadDataset(platform.client, 'squares', { format: DatasetFormat.DATASET_FORMAT_NUMPY, validationShare: 0.4 }, [
      npy('x.npy', '|u1', [160, FRAMES, SIDE, SIDE, 1], clips),
      npy('y.npy', '|u1', [160], Uint8Array.from({ length: 160 }, (_, at) => at % 2)),
    ]);
    const spec = { architecture: { $case: 'convolutional' as const, value: { filters: [8, 16] } }, latentSize: 8, emaDecay: 0.98, roundSteps: 60 };
    const options = { epochs: 60, batchSize: 16, seed: 2, learningRate: 0.002 };
    sounds = (await platform.train({ model: 'tones', dataset: 'tones', spec: { ...spec, samples: SAMPLES }, options })).version;
    videos = (await platform.train({ model: 'squares', dataset: 'squares', spec, options })).version;
    for (const name of ['tones', 'squares']) await platform.client.models.promoteVersion({ model: name, version: 1 });
  }, 600_000);
  afterAll(() => platform?.stop());

  it('makes sounds at the sample rate of the data, of the class that is asked for', async () => {
    const model = { name: 'tones' };
    expect((JSON.parse(sounds.manifestJson) as { extra: { sampleRate: number } }).extra.sampleRate).toBe(RATE);
    const crossings = async (className: string): Promise<number> => {
      const { examples } = await one({ model, count: 16, seed: 1, className });
      expect(shapeOf(examples!)).toEqual([16, SAMPLES, 1]);
      const values = tensorToFloat32(examples!);
      expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
      return values.reduce((count, value, at) => count + (at % SAMPLES > 0 && value * values[at - 1]! < 0 ? 1 : 0), 0);
    };
    expect(await crossings('high')).toBeGreaterThan(1.5 * (await crossings('low')));
    const judged = await platform.client.gan.discriminate({ model, input: { $case: 'batch', value: tensorFromFloat32(new Float32Array(2 * SAMPLES), [2, SAMPLES, 1]) }, className: 'low', includeMaps: true });
    expect([judged.results.length, shapeOf(judged.maps!)]).toEqual([2, [2, SAMPLES, 1]]);
    const { metrics, floor, count } = await platform.client.gan.evaluate({ model, count: 60, seed: 1 });
    expect(count).toBe(60n);
    expect(metrics['distance']).toBeGreaterThan(floor['distance']!);
  });

  it('makes videos, and a labelled data set of them', async () => {
    const model = { name: 'squares' };
    const { examples, classes } = await one({ model, count: 4, seed: 1 });
    expect([shapeOf(examples!), classes]).toEqual([[4, FRAMES, SIDE, SIDE, 1], [0, 1, 0, 1]]);
    expect(tensorToFloat32(examples!).every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(videos.files.map(({ path }) => path)).toContain('samples/round-001.npy');
    const clip = tensorFromUint8(square(true, 0), [1, FRAMES, SIDE, SIDE, 1]);
    const { latents, examples: nearest, errors } = await platform.client.gan.project({ model, input: { $case: 'batch', value: clip }, className: '1', steps: 20 });
    expect([shapeOf(latents!), shapeOf(nearest!), errors.length]).toEqual([[1, 8], [1, FRAMES, SIDE, SIDE, 1], 1]);
    expect((await platform.client.gan.evaluate({ model, count: 60 })).metrics).toMatchObject({ distance: expect.any(Number), coverage: expect.any(Number) });
    const made = await platform.client.gan.generateDataset({ model, dataset: 'made', count: 20 });
    expect(made.schema).toMatchObject({ kind: 'video', exampleShape: [4n, 8n, 8n, 1n], classNames: ['0', '1'] });
    const { examples: stored } = await platform.client.datasets.readExamples({ name: 'made', part: Part.PART_TRAIN, count: 1 });
    expect(tensorToTypedArray(stored!)).toHaveLength(CLIP);
  });

  it('says what it takes', async () => {
    const { client } = platform;
    const train = (request: Parameters<typeof client.gan.train>[0]) => refusal(client.gan.train({ model: 'm', ...request }));
    expect((await train({ dataset: 'tones', spec: { samples: 100 } })).message).toContain('spec.samples is 100; it takes a whole number from 256 to 32768');
    expect((await train({ dataset: 'squares', spec: { samples: 512 } })).message).toContain('spec.samples is 512, but the data set holds no recordings; leave it out');
    const residual = { architecture: { $case: 'residual' as const, value: {} }, augmentation: { flip: true } };
    expect((await train({ dataset: 'squares', spec: residual })).violations).toEqual([
      { field: 'spec.residual', description: 'is for images, and the data set is of videos; use `convolutional` or `dense`' },
      { field: 'spec.augmentation', description: 'is for images, and the data set is of videos; leave it out' },
    ]);
    const discriminate = (model: string, value: ReturnType<typeof tensorFromFloat32>) => refusal(client.gan.discriminate({ model: { name: model }, className: model === 'tones' ? 'low' : '0', input: { $case: 'batch', value } }));
    expect((await discriminate('tones', tensorFromFloat32(new Float32Array(SAMPLES).fill(2), [1, SAMPLES, 1]))).message).toContain('received 2, expected numbers in -1..1; scale them');
    expect((await discriminate('tones', tensorFromUint8(new Uint8Array(SAMPLES), [1, SAMPLES, 1]))).message).toContain('received DATA_TYPE_UINT8, expected DATA_TYPE_FLOAT32');
    expect((await discriminate('squares', tensorFromFloat32(new Float32Array(64), [1, 8, 8]))).reason).toBe('SHAPE_MISMATCH');
    expect((await refusal(client.gan.generateDataset({ model: { name: 'tones' }, dataset: 'other' }))).message).toContain('generates no labelled images or videos');
    expect((await refusal(client.gan.evaluate({ model: { name: 'tones' }, dataset: 'squares' }))).message).toContain("'squares' holds a video, the model's have 8000; name a data set of such recordings");
  });
});
