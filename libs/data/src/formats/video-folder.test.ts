import { join } from 'node:path';
import { ingest } from '../ingest/ingest';
import { loadPart } from '../load/load-part';
import { encodeVideo, testFfmpeg } from '../platform-testing/video';
import { tempFolder, writeFiles } from '../testing/temp';
import { zipBytes } from '../testing/zip-bytes';
import type { IngestOptions } from '../types';

const folder = tempFolder();
let runs = 0;
const read = async (files: Record<string, string | Uint8Array>, options: Partial<IngestOptions> = {}, context = {}) =>
  ingest({ files: await writeFiles(folder, files) }, { format: 'videoFolder', validationShare: 0, videoFrames: 4, ...options }, join(folder, `out-${runs++}`), { video: { program: testFfmpeg() }, ...context });

/** Frames that grow brighter, or darker. */
const clip = (from: number, by: number, frames = 8, side = 8): Buffer =>
  encodeVideo(Uint8Array.from({ length: frames * side * side }, (_, at) => from + by * Math.floor(at / (side * side))), { height: side, width: side, channels: 1, framesPerSecond: 8 });
const files = { 'train/brighter/a.mp4': clip(20, 20), 'train/darker/b.mp4': clip(200, -20), 'test/brighter/c.mp4': clip(40, 20, 16) };

describe('video folder', () => {
  it('takes so many frames of each clip, evenly, as one array; a zip gives the same', async () => {
    const { schema, parts, digest } = await read(files, { imageHeight: 2, imageWidth: 4, imageChannels: 1 });
    expect(schema).toMatchObject({ kind: 'video', exampleShape: [4, 2, 4, 1], dtype: 'uint8', classNames: ['brighter', 'darker'] });
    expect(parts.map(({ part, count }) => [part, count])).toEqual([['train', 2], ['test', 1]]);
    const { examples, labels } = await loadPart(parts[0]!.examplesFile, parts[0]!.labelsFile);
    expect([...labels]).toEqual([0, 1]);
    [40, 80, 120, 160, 180, 140, 100, 60].forEach((level, frame) => expect(Math.abs(examples[frame * 8]! - level)).toBeLessThanOrEqual(3));
    const zipped = await read({ 'clips.zip': zipBytes(Object.entries(files).map(([name, data]) => ({ name, data }))) }, { imageHeight: 2, imageWidth: 4, imageChannels: 1 });
    expect(zipped.digest).toBe(digest);
  });

  it('takes size and channels of the first clip where none are asked for, and 16 frames', async () => {
    const { schema } = await read({ 'a/1.mp4': clip(20, 20), 'b/1.mp4': clip(20, 20, 8, 16) }, { videoFrames: 0 });
    expect(schema.exampleShape).toEqual([16, 8, 8, 3]);
  });

  it('refuses what is no video, naming the file, or leaves it out', async () => {
    const broken = { ...files, 'train/darker/broken.mp4': Buffer.from('no video') };
    await expect(read(broken)).rejects.toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringMatching(/^train\/darker\/broken\.mp4: a video that can't be decoded \(.+\); expected a complete video file.*Replace or remove it/) as string });
    const { skippedFiles, parts } = await read({ ...broken, 'notes.doc': 'x' }, { badFiles: 'skip' });
    expect(parts[0]!.count).toBe(2);
    expect(skippedFiles.map((file) => file.split(' ')[0])).toEqual(['notes.doc', 'train/darker/broken.mp4']);
    await expect(read({ 'a.png': 'x' })).rejects.toMatchObject({ message: expect.stringContaining('expected video files (.mp4, .webm') as string });
    await expect(read({ 'x/y/z/a.mp4': files['train/darker/b.mp4'], 'b.mp4': files['train/darker/b.mp4'] })).rejects.toMatchObject({ message: expect.stringContaining('a video outside this layout') as string });
  });

  it('refuses too many frames, too many bytes, and everything without ffmpeg', async () => {
    await expect(read(files, { videoFrames: 257 })).rejects.toMatchObject({ violations: [{ field: 'options.video_frames', description: expect.stringContaining('expected 1 to 256') as string }] });
    await expect(read(files, {}, { limits: { maxBytes: 3000 } })).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' });
    await expect(read(files, {}, { video: { program: '/nowhere/ffmpeg' } })).rejects.toMatchObject({ reason: 'UNIMPLEMENTED' });
  });
});
