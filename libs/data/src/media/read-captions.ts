import { readWhole } from '../files/read-file';
import type { FormatReader } from '../formats/format';
import { decodePixels } from '../image/codec';
import { corrupt, textOf } from '../problems';
import { readMedia } from './read-media';

const LAYOUT = {
  files: /\.(png|jpe?g)$/i,
  table: 'captions',
  what: 'images (.png, .jpg, .jpeg)',
  expected: 'PNG and JPEG files with a captions.csv (path, text and, if at hand, class), or train/ and test/ above these',
  captions: true,
};

/** Reads images with captions, one row a caption. Images stay encoded; each is decoded once to see that it can be. */
export const readCaptions: FormatReader = (input) =>
  readMedia(input, 'caption', LAYOUT, async ({ path, local }) => {
    const bytes = await readWhole(local, path, input.context);
    const { maxPixels } = input.context.limits;
    await decodePixels(bytes, maxPixels).catch((error: unknown) => {
      const remedy = 'Replace or remove it, or set bad_files to SKIP to leave such files out.';
      throw corrupt(path, { received: `an image that can't be decoded (${textOf(error)})`, expected: `a complete PNG or JPEG of at most ${maxPixels} pixels`, remedy, cause: error });
    });
    return bytes;
  });
