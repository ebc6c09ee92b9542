import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetFormat, JobState, type Job, type QuartetError, type Version } from '@quartet/contracts';
import { uploadDataset, type UploadFile } from '@quartet/client';
import { readSafetensors } from '@quartet/core';
import sharp from 'sharp';
import { mnist, type Digits } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform } from './testing/platform';

const PIXELS = 28 * 28;

/** The first `count` of the digits that `keep` lets through. */
function some({ images, labels }: Digits, count: number, keep: (label: number) => boolean): Digits {
  const rows = Array.from(labels.keys()).filter((row) => keep(labels[row]!)).slice(0, count);
  return { images: Buffer.concat(rows.map((row) => images.subarray(row * PIXELS, (row + 1) * PIXELS))), labels: Uint8Array.from(rows, (row) => labels[row]!) };
}

/** Digits as a folder of pictures a class, whose names the classes get. */
const pictures = (part: 'train' | 'test', { images, labels }: Digits): Promise<UploadFile[]> =>
  Promise.all(
    Array.from(labels, async (label, row) => {
      const png = await sharp(images.subarray(row * PIXELS, (row + 1) * PIXELS), { raw: { width: 28, height: 28, channels: 1 } }).toColourspace('b-w').png().toBuffer();
      return { path: `${part}/${label}/${row}.png`, source: png, size: png.length };
    }),
  );

const spec = {
  layers: [
    { layer: { $case: 'conv2d' as const, value: { filters: 12 } } },
    { layer: { $case: 'batchNormalization' as const, value: {} } },
    { layer: { $case: 'maxPool2d' as const, value: {} } },
    { layer: { $case: 'conv2d' as const, value: { filters: 24 } } },
    { layer: { $case: 'maxPool2d' as const, value: { size: 3 } } },
    { layer: { $case: 'dropout' as const, value: { rate: 0.2 } } },
    { layer: { $case: 'flatten' as const, value: {} } },
    { layer: { $case: 'dense' as const, value: { units: 48 } } },
  ],
};
const from = (version: number, name = 'low') => ({ name, target: { $case: 'version' as const, value: BigInt(version) } });

describe('training that starts from another version', () => {
  let platform: Platform;
  let parent: Version;

  const versionOf = async (job: Job): Promise<Version> => {
    await platform.weightsOf(job);
    const { model, version } = await platform.control.training.getJob({ id: job.id });
    return platform.control.models.getVersion({ model: from(Number(version), model) });
  };
  const weightsOf = async ({ files }: Version) => {
    const { sha256 } = files.find(({ path }) => path === 'weights.safetensors')!.blob!;
    return readSafetensors(await readFile(join(platform.home, 'blobs', 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256))).tensors;
  };
  const high = (request: object) => platform.train({ model: 'high', dataset: 'high', options: { epochs: 15, batchSize: 25, seed: 3, learningRate: 0.003 }, ...request });
  const refusal = (request: object): Promise<QuartetError> => high(request).then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);

  beforeAll(async () => {
    platform = await Platform.start();
    const [train, test] = [await mnist('train', 5000), await mnist('t10k', 1200)];
    const upload = async (name: string, count: number, keep: (label: number) => boolean) =>
      uploadDataset(platform.control, name, { format: DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER }, (await Promise.all([pictures('train', some(train, count, keep)), pictures('test', some(test, 500, keep))])).flat());
    await upload('low', 1500, (label) => label < 5);
    await upload('high', 50, (label) => label >= 5);
    parent = await versionOf(await platform.train({ model: 'low', dataset: 'low', spec, options: { epochs: 4, batchSize: 50, seed: 1, learningRate: 0.003 } }));
  });
  afterAll(() => platform?.stop());

  it('does better from few images than one that starts afresh, and names its parent', async () => {
    const [fresh, tuned] = [await versionOf(await high({ spec })), await versionOf(await high({ startFrom: from(1), freezeBefore: 'layers.7' }))];
    console.log(parent.metrics['test/accuracy'], fresh.metrics['test/accuracy'], tuned.metrics['test/accuracy']);
    expect(tuned.metrics['test/accuracy']! - fresh.metrics['test/accuracy']!).toBeGreaterThan(0.02);
  });
});
