import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { ingest } from '../ingest/ingest';
import { loadPart } from '../load/load-part';
import { expected, fixture } from '../testing/fixtures';
import { tempFolder, writeFiles } from '../testing/temp';
import { zipBytes } from '../testing/zip-bytes';
import type { IngestOptions } from '../types';

const folder = tempFolder();
let runs = 0;
const read = async (files: Record<string, string | Uint8Array>, options: Partial<IngestOptions> = {}, context = {}) =>
  ingest({ files: await writeFiles(folder, files) }, { format: 'imageFolder', validationShare: 0, ...options }, join(folder, `out-${runs++}`), context);
const image = (name: string) => fixture(`images/${name}`);
const two = { 'cats/1.png': image('rgb.png'), 'dogs/1.jpg': image('photo.jpg') };

describe('image folder', () => {
  it('takes a folder a class, whatever is above them all', async () => {
    const { schema, parts } = await read({ 'my/pets/cats/1.png': image('rgb.png'), 'my/pets/cats/2.png': image('rgb.png'), 'my/pets/dogs/1.jpg': image('photo.jpg') });
    expect(schema).toMatchObject({ kind: 'image', exampleShape: [12, 16, 3], dtype: 'uint8', classNames: ['cats', 'dogs'] });
    const { examples, labels } = await loadPart(parts[0]!.examplesFile, parts[0]!.labelsFile);
    expect([...labels]).toEqual([0, 0, 1]);
    expect([...examples.subarray(0, 576)]).toEqual(expected.images['rgb']!.values);
  });

  it('takes train/ and test/ folders, and reads a zip to the same digest', async () => {
    const files = Object.fromEntries(['train', 'test'].flatMap((part) => Object.entries(two).map(([path, data]) => [`${part}/${path}`, data])));
    const plain = await read(files);
    const zipped = await read({ 'pets.zip': zipBytes(Object.entries(files).map(([name, data]) => ({ name, data, deflate: true }))) });
    expect(plain.parts.map(({ part, count }) => [part, count])).toEqual([['train', 2], ['test', 2]]);
    expect(zipped.digest).toBe(plain.digest);
    expect(readdirSync(join(folder, `out-${runs - 1}`)).sort()).toEqual(['test-examples.npy', 'test-labels.npy', 'train-examples.npy', 'train-labels.npy']);
  });

  it('converts grey, colour and alpha to the channels asked for, or to those of the first image', async () => {
    const mixed = { 'a/1.png': image('grey.png'), 'a/2.png': image('rgba.png'), 'b/1.png': image('rgb.png'), 'b/2.png': image('grey-alpha.png') };
    for (const [imageChannels, channels] of [[0, 1], [1, 1], [3, 3], [4, 4]] as const) {
      const { schema, parts } = await read(mixed, { imageChannels });
      expect(schema.exampleShape).toEqual([12, 16, channels]);
      expect(schema.mean).toHaveLength(channels);
      const { examples } = await loadPart(parts[0]!.examplesFile, parts[0]!.labelsFile);
      expect(examples).toHaveLength(4 * 12 * 16 * channels);
    }
  });

  it('resizes if asked, and otherwise names the first image of another size', async () => {
    const sizes = { ...two, 'dogs/2.jpg': image('rotated.jpg') };
    expect((await read(sizes, { imageHeight: 6, imageWidth: 8 })).schema.exampleShape).toEqual([6, 8, 3]);
    await expect(read(sizes)).rejects.toMatchObject({
      reason: 'UNUSABLE_DATASET',
      message: 'dogs/2.jpg: an image of 16x12 (height x width); expected 12x16 like the first one, cats/1.png. Set image_height and image_width to have all images resized.',
    });
  });

  it('refuses a corrupt image among many by name, or leaves it out and says so', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i % 2 ? 'a' : 'b'}/${i}.png`, image('rgb.png')]));
    const bad = { ...files, 'a/13.png': image('rgb.png').subarray(0, 50), 'notes.md': 'x' };
    await expect(read(bad)).rejects.toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringContaining('notes.md: a file that this format has no place for') });
    const { 'notes.md': _, ...images } = bad;
    await expect(read(images)).rejects.toMatchObject({
      reason: 'CORRUPT_DATA',
      message: expect.stringMatching(/^a\/13\.png: an image that can't be decoded \(.*\); expected a complete PNG or JPEG of at most \d+ pixels\. Replace or remove it/),
    });
    const { parts, skippedFiles } = await read(bad, { badFiles: 'skip' });
    expect(parts[0]!.classCounts).toEqual([14, 15]);
    expect(skippedFiles.map((text) => text.split(' ')[0])).toEqual(['notes.md', 'a/13.png']);
  });

  it('leaves out what desktops leave behind', async () => {
    const { skippedFiles } = await read({ ...two, '.DS_Store': '', 'cats/Thumbs.db': '', '__MACOSX/cats/._1.png': '' });
    expect(skippedFiles).toHaveLength(3);
  });

  it.each<[string, Record<string, string | Uint8Array>, string, string]>([
    ['one class', { 'cats/1.png': image('rgb.png') }, 'UNUSABLE_DATASET', 'train images: 1 examples of one class, "cats"; expected at least two classes'],
    ['images in no folder', { '1.png': image('rgb.png') }, 'CORRUPT_DATA', '1.png: an image outside this layout; expected <class>/<image> or train/<class>/<image>'],
    ['folders at several depths', { ...two, 'cats/more/2.png': image('rgb.png') }, 'CORRUPT_DATA', 'cats/more/2.png: an image outside this layout'],
    ['classes beside train/', { 'train/cats/1.png': image('rgb.png'), 'dogs/1.png': image('rgb.png') }, 'CORRUPT_DATA', 'dogs/1.png: an image outside this layout'],
    ['a class that only test has', { 'train/cats/1.png': image('rgb.png'), 'train/dogs/1.png': image('rgb.png'), 'test/cows/1.png': image('rgb.png') }, 'UNUSABLE_DATASET', 'test/cows/1.png: class "cows"; expected one of the training classes: "cats", "dogs"'],
    ['no image', { 'a/.DS_Store': '' }, 'UNUSABLE_DATASET', 'no .png, .jpg or .jpeg file'],
    ['another format by the name of PNG', { ...two, 'cats/2.png': image('other.gif') }, 'CORRUPT_DATA', "cats/2.png: an image that can't be decoded"],
    ['a zip that climbs', { 'a.zip': zipBytes([{ name: '../x.png' }]) }, 'CORRUPT_DATA', 'a.zip: '],
    ['an empty zip', { 'a.zip': zipBytes([]) }, 'UNUSABLE_DATASET', 'no .png, .jpg or .jpeg file'],
  ])('refuses %s', async (_, files, reason, message) => {
    await expect(read(files)).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
  });

  it('keeps to the limits and stops when told to', async () => {
    await expect(read(two, {}, { limits: { maxPixels: 100 } })).rejects.toThrow('at most 100 pixels');
    await expect(read(two, { imageHeight: 100, imageWidth: 100 }, { limits: { maxBytes: 20_000 } })).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' });
    await expect(read(two, {}, { limits: { maxFiles: 1 } })).rejects.toThrow('data set: 2 files; expected at most 1');
    await expect(read(two, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});
