import { expected } from '../testing/fixtures';
import { eraseRectangle, warp } from './warp';

/** The image within a border of zeros. */
function pad(image: number[], [height, width, channels]: [number, number, number]): Float32Array {
  const padded = new Float32Array((height + 2) * (width + 2) * channels);
  const line = width * channels;
  for (let row = 0; row < height; row++) padded.set(image.slice(row * line, (row + 1) * line), (row + 1) * (line + 2 * channels) + channels);
  return padded;
}

describe('warp', () => {
  it.each(expected.warps.map((change) => [JSON.stringify([change.shape, change.transform]), change] as const))(
    'equals scipy.ndimage.affine_transform: %s',
    (_, { shape, image, transform, expected: wanted }) => {
      const out = new Float32Array(image.length + 3).fill(-1);
      warp(pad(image, shape), ...shape, transform, out, 2);
      wanted.forEach((value, i) => expect(Math.abs(out[2 + i]! - value)).toBeLessThan(1e-5));
      expect([out[0], out[1], out.at(-1)]).toEqual([-1, -1, -1]);
    },
  );

  it('changes nothing, to the bit, where there is nothing to change', () => {
    const { image, shape } = expected.warps[0]!;
    const out = new Float32Array(image.length);
    warp(pad(image, shape), ...shape, { shiftX: 0, shiftY: 0, radians: 0, scale: 1, flip: false }, out, 0);
    expect(out).toEqual(Float32Array.from(image));
  });
});

describe('eraseRectangle', () => {
  it('sets a rectangle of all channels to 0 and nothing else', () => {
    const image = new Float32Array(1 + 3 * 4 * 2).fill(1);
    eraseRectangle(image, 1, 4, 2, { top: 1, left: 1, height: 2, width: 2 });
    const erased = [...image.subarray(1)].flatMap((value, i) => (value === 0 ? [i] : []));
    expect(erased).toEqual([10, 11, 12, 13, 18, 19, 20, 21]);
    expect(image[0]).toBe(1);
  });
});
