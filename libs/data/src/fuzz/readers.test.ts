import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError, type Reason } from '@quartet/contracts';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeAudio } from '../audio/decode-audio';
import { decodeImage } from '../image/decode-image';
import { ingest } from '../ingest/ingest';
import { npyHeader } from '../npy/write';
import { encodeVideo, testFfmpeg } from '../platform-testing/video';
import { fixture } from '../testing/fixtures';
import { idxPair } from '../testing/idx-bytes';
import { tempFolder, writeFiles } from '../testing/temp';
import { wavBytes } from '../testing/wav-bytes';
import { zipBytes } from '../testing/zip-bytes';
import type { IngestOptions } from '../types';
import { decodeClip } from '../video/decode-video';
import { DEFAULT_VIDEO_DECODING } from '../video/options';
import { damaged } from '../testing/mutate';

// Whatever a file holds, its reader ends with data or with an error that says what is wrong with the file. QUARTET_FUZZ_RUNS: more of it.
const RUNS = Number(process.env['QUARTET_FUZZ_RUNS'] ?? 100);
const SEED = Number(process.env['QUARTET_FUZZ_SEED'] ?? 1);
const OF_THE_FILE: ReadonlySet<Reason> = new Set(['CORRUPT_DATA', 'UNUSABLE_DATASET', 'LIMIT_EXCEEDED', 'INVALID_FIELD', 'UNDECODABLE_IMAGE', 'UNDECODABLE_AUDIO', 'UNDECODABLE_VIDEO', 'NOT_FINITE', 'SHAPE_MISMATCH']);
/** Small, so that what a header claims is beyond them. */
const LIMITS = { maxBytes: 4_000_000, maxFiles: 100 };

const folder = tempFolder();
const { images, labels } = idxPair(20, 2);
const npy = (descr: string, shape: number[], data: Uint8Array) => Buffer.concat([npyHeader(descr, shape), data]);
const npz = zipBytes([
  { name: 'x_train.npy', data: npy('|u1', [20, 4, 4], images.subarray(16)), deflate: true },
  { name: 'y_train.npy', data: npy('|u1', [20], labels.subarray(8)) },
]);
const rows = Array.from({ length: 20 }, (_, i) => `${i},${i * 0.5},${i % 2 ? 'a' : '"b ""c"""'}`).join('\n');
const months = Array.from({ length: 60 }, (_, i) => `${2000 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}-01,${i}`).join('\n');
const png = fixture('images/rgb.png');
const jpeg = fixture('images/photo.jpg');
const wav = wavBytes(Int16Array.from({ length: 800 }, (_, i) => (i * 997) % 20000));
const pictures = zipBytes(['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png', 'b/3.jpg'].map((name) => ({ name, data: name.endsWith('jpg') ? jpeg : png })));
const sounds = zipBytes([1, 2, 3, 4, 5, 6].map((i) => ({ name: `${i % 2 ? 'yes' : 'no'}/${i}.wav`, data: wav })));

async function expectTyped(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!QuartetError.is(error)) throw error;
    expect(OF_THE_FILE).toContain(error.reason);
    expect(error.message).toMatch(/\w/);
    expect(error.message).not.toMatch(/\n\s+at |undefined|\[object/);
  }
}

type Case = [what: string, file: string, bytes: Buffer, options: Partial<IngestOptions> & Pick<IngestOptions, 'format'>, rest?: Record<string, Uint8Array>];

test.each<Case>([
  ['IDX images', 'train-images-idx3-ubyte', images, { format: 'idx' }, { 'train-labels-idx1-ubyte': labels }],
  ['IDX labels', 'train-labels-idx1-ubyte', labels, { format: 'idx' }, { 'train-images-idx3-ubyte': images }],
  ['gzipped IDX', 'train-images-idx3-ubyte.gz', gzipSync(images), { format: 'idx' }, { 'train-labels-idx1-ubyte': labels }],
  ['NPZ', 'data.npz', npz, { format: 'numpy' }],
  ['NPY', 'x_train.npy', npy('|u1', [20, 4, 4], images.subarray(16)), { format: 'numpy' }, { 'y_train.npy': npy('|u1', [20], labels.subarray(8)) }],
  ['CSV tables', 'data.csv', Buffer.from(`x,y,label\n${rows}\n`), { format: 'csv' }],
  ['CSV series', 'data.csv', Buffer.from(`month,value\n${months}\n`), { format: 'series' }],
  ['CSV texts', 'data.csv', Buffer.from(`text,label\n${rows.replaceAll(/,\d+(\.5)?,/g, ' words,')}\n`), { format: 'text' }],
  ['.ts sequences', 'a_TRAIN.ts', Buffer.from(`@problemName a\n@univariate true\n@classLabel true 0 1\n@data\n${Array.from({ length: 12 }, (_, i) => `1,2,3,${i}:${i % 2}`).join('\n')}\n`), { format: 'ts' }],
  ['tagged sentences', 'train.conll', Buffer.from(Array.from({ length: 12 }, (_, i) => `the\tDET\ncat\tNOUN\nruns${i}\tVERB\n`).join('\n')), { format: 'tagged' }],
  ['pairs of texts', 'pairs.tsv', Buffer.from(Array.from({ length: 12 }, (_, i) => `one ${i}\tun ${i}`).join('\n')), { format: 'pairs' }],
  ['ZIPs of images', 'images.zip', pictures, { format: 'imageFolder' }],
  ['ZIPs of recordings', 'sounds.zip', sounds, { format: 'recordings' }],
])('damaged %s', async (_, name, bytes, options, rest = {}) => {
  await fc.assert(
    fc.asyncProperty(damaged(bytes), async (file) => {
      const place = mkdtempSync(join(folder, 'run-'));
      await expectTyped(ingest({ files: await writeFiles(place, { ...rest, [name]: file }) }, options, join(place, 'out'), { limits: LIMITS }));
      await rm(place, { recursive: true });
    }),
    { seed: SEED, numRuns: RUNS },
  );
}, 600_000);

test.each([
  ['PNG', png],
  ['grey PNG of 16 bits', fixture('images/grey16.png')],
  ['JPEG', jpeg],
])('damaged %s in a request', async (_, bytes) => {
  await fc.assert(fc.asyncProperty(damaged(bytes), async (file) => expectTyped(decodeImage(file, { height: 4, width: 4, channels: 1 }))), { seed: SEED, numRuns: RUNS });
}, 600_000);

test.each(['pcm16.wav', 'float.wav', 'alaw.wav', 'extensible.wav', 'pcm16.flac', 'pcm24.flac'])('damaged %s in a request', async (name) => {
  await fc.assert(fc.asyncProperty(damaged(fixture(`audio/${name}`)), async (file) => expectTyped(decodeAudio(file, { maxSeconds: 5, sampleRate: 16_000, channels: 'mix' }))), { seed: SEED, numRuns: RUNS });
}, 600_000);

test.each(['mp4', 'mkv', 'avi'])('damaged %s in a request', async (container) => {
  const bytes = encodeVideo(Uint8Array.from({ length: 8 * 256 }, (_, at) => (at * 37) % 251), { height: 16, width: 16, channels: 1, framesPerSecond: 8, container });
  const decoding = { ...DEFAULT_VIDEO_DECODING, program: testFfmpeg(), maxSeconds: 5 };
  // A process each: fewer of them.
  await fc.assert(fc.asyncProperty(damaged(bytes), async (file) => expectTyped(decodeClip(file, 4, { height: 4, width: 4, channels: 1 }, decoding))), { seed: SEED, numRuns: Math.ceil(RUNS / 10) });
}, 600_000);

test('what is deflated claims to be small and is not', async () => {
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));
  for (const uncompressedSize of [10, 4_000_000, 50_000_000]) {
    const zip = zipBytes([{ name: 'x_train.npy', data: Buffer.alloc(0) }]);
    const lying = zipBytes([{ name: 'x_train.npy', data: bomb, method: 8, uncompressedSize, crc: 0 }, { name: 'y_train.npy', data: npy('|u1', [20], labels.subarray(8)) }]);
    for (const bytes of [zip, lying]) {
      const place = mkdtempSync(join(folder, 'bomb-'));
      const work = ingest({ files: await writeFiles(place, { 'data.npz': bytes }) }, { format: 'numpy' }, join(place, 'out'), { limits: LIMITS });
      await expect(work).rejects.toMatchObject({ reason: expect.stringMatching(/CORRUPT_DATA|LIMIT_EXCEEDED/) });
    }
  }
});
