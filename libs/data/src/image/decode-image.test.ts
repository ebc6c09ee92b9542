import { expected, fixture } from '../testing/fixtures';
import { decodeImage } from './decode-image';

const bytesOf = async (name: string, channels: number, height = 12, width = 16) => {
  const { shape, data } = await decodeImage(fixture(`images/${name}`), { height, width, channels });
  expect(data).toBeInstanceOf(Float32Array);
  return { shape, values: Array.from(data, (value) => value * 255) };
};

/** Largest difference in steps of 1/255. */
async function difference(name: string, channels: number, key: string, height = 12, width = 16): Promise<number> {
  const { shape, values } = await bytesOf(name, channels, height, width);
  const { shape: [h, w], values: wanted } = expected.images[key]!;
  expect(shape).toEqual([h, w, channels]);
  expect(values).toHaveLength(wanted.length);
  return values.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
}

describe('decodeImage', () => {
  // Pillow's pixels; the tolerance is in steps of 1/255.
  it.each<[string, number, string, number]>([
    ['rgb.png', 3, 'rgb', 0.001],
    ['grey.png', 1, 'grey', 0.001],
    ['rgb.png', 1, 'rgbAsGrey', 0.001],
    ['rgba.png', 4, 'rgba', 0.001],
    ['rgba.png', 3, 'rgbaOverWhite', 1.001],
    ['palette.png', 3, 'palette', 0.001],
    ['grey16.png', 1, 'grey', 0.001],
    // Decoders differ in how they smooth the chroma; the brightness is closer than that.
    ['photo.jpg', 3, 'photo', 12],
  ])('decodes %s to %i channels as Pillow does', async (name, channels, key, tolerance) => {
    expect(await difference(name, channels, key)).toBeLessThan(tolerance);
  });

  it('turns a photo upright by its EXIF orientation', async () => {
    expect(await difference('rotated.jpg', 3, 'rotated', 16, 12)).toBeLessThan(12);
  });

  // Enlarging by two, libvips is a quarter of a source pixel off Pillow, where neighbours differ by up to 20 steps.
  it.each([['resizedDown', 6, 8, 2.5], ['resizedUp', 24, 32, 5.5]])('resizes with the triangle kernel: %s', async (key, height, width, tolerance) => {
    expect(await difference('rgb.png', 3, key, height, width)).toBeLessThan(tolerance);
  });

  it('gives grey three equal channels, and opaque alpha', async () => {
    const grey = (await bytesOf('grey.png', 1)).values;
    expect((await bytesOf('grey.png', 3)).values).toEqual(grey.flatMap((v) => [v, v, v]));
    expect((await bytesOf('grey.png', 4)).values).toEqual(grey.flatMap((v) => [v, v, v, 255]));
  });

  it('lays grey with alpha over white', async () => {
    const [grey, alpha] = [(await bytesOf('grey.png', 1)).values, (await bytesOf('rgba.png', 4)).values.filter((_, i) => i % 4 === 3)];
    (await bytesOf('grey-alpha.png', 1)).values.forEach((value, i) => {
      expect(Math.abs(value - (grey[i]! * alpha[i]! + 255 * (255 - alpha[i]!)) / 255)).toBeLessThan(1.001);
    });
  });

  it.each<[string, () => Uint8Array, number | undefined, string]>([
    ['nothing', () => Buffer.alloc(0), undefined, "encoded: received 0 bytes that can't be decoded (no bytes); expected a complete PNG or JPEG file"],
    ['text', () => Buffer.from('hello'), undefined, 'Input buffer contains unsupported image format'],
    ['a PNG cut off', () => fixture('images/rgb.png').subarray(0, -20), undefined, "can't be decoded"],
    ['a JPEG cut off', () => fixture('images/photo.jpg').subarray(0, -60), undefined, "can't be decoded"],
    ['a GIF', () => fixture('images/other.gif'), undefined, "can't be decoded"],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'), undefined, "can't be decoded"],
    ['too many pixels', () => fixture('images/rgb.png'), 100, 'at most 100 pixels'],
  ])('refuses %s', async (_, bytes, maxPixels, message) => {
    await expect(decodeImage(bytes(), { height: 4, width: 4, channels: 1, maxPixels })).rejects.toMatchObject({
      reason: 'UNDECODABLE_IMAGE',
      message: expect.stringContaining(message),
      violations: [{ field: 'encoded' }],
    });
  });
});
