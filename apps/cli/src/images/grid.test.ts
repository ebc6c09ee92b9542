import { gridOf } from './grid';

test('images stand in rows, with a line between them', () => {
  const images = { pixels: Uint8Array.of(1, 2, 3, 4, 5, 6), count: 3, height: 1, width: 2, channels: 1 };
  expect(gridOf(images, 2)).toEqual({ pixels: Uint8Array.of(1, 2, 64, 3, 4, 64, 64, 64, 64, 64, 5, 6, 64, 64, 64), count: 1, height: 3, width: 5, channels: 1 });
  expect(gridOf({ ...images, width: 1, channels: 2 }, 3, 0).pixels).toEqual(images.pixels);
});
