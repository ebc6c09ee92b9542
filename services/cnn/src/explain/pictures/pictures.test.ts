import { drawText } from '@quartet/data';
import sharp from 'sharp';
import { halfArea } from '../explain';
import { layerNamed, spatialLayer, unitsOf } from '../layers';
import { checkPixels } from '../read-one';
import { imagePicture, overlay } from './colours';
import { explanationPicture } from './explanation';
import { filtersPicture } from './filters';
import { drawSheet } from './sheet';

const pixel = ({ data, width }: { data: Uint8Array; width: number }, y: number, x: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];

test('images are shown in grey, in colour, over white, and thinned out when large', () => {
  expect(pixel(imagePicture([0, 1, 0.5, 0.2], [2, 2, 1]), 1, 0)).toEqual([128, 128, 128]);
  expect(pixel(imagePicture([1, 0.5, 0], [1, 1, 3]), 0, 0)).toEqual([255, 128, 0]);
  expect(pixel(imagePicture([1, 0, 0, 0.5], [1, 1, 4]), 0, 0)).toEqual([255, 128, 128]);
  expect(pixel(imagePicture([0.2, 0.4], [1, 1, 2]), 0, 0)).toEqual([77, 77, 77]);
  const large = imagePicture(Float32Array.from({ length: 3000 * 2 }, (_, at) => at / 6000), [3000, 2, 1]);
  expect([large.height, large.width]).toEqual([1000, 1]);
  expect(pixel(large, 500, 0)[0]).toBe(128);
  expect(pixel(imagePicture([1, 1, 0, 1, 1, 0, 0.5, 0.5, 0.5], [3, 3, 1], 2), 0, 0)[0]).toBe(255);
  expect(pixel(imagePicture([1, 1, 0, 1, 1, 0, 0.5, 0.5, 0.5], [3, 3, 1], 2), 1, 1)[0]).toBe(128);
  expect(pixel(imagePicture([1, 1, 0, 1, 1, 1, 0.5, 0.5, 0.5], [3, 3, 1], 2), 0, 1)[0]).toBe(128);
});

test('heat is red above 0, blue below, and nothing at 0', () => {
  const grey = imagePicture([0.4, 0.4, 0.4], [1, 3, 1]);
  const laid = overlay(grey, [0.6, 0, -0.6]);
  const [above, none, below] = [0, 1, 2].map((x) => pixel(laid, 0, x)) as [number[], number[], number[]];
  expect(above[0]).toBeGreaterThan(above[2]! + 50);
  expect(below[2]).toBeGreaterThan(below[0]! + 20);
  expect(new Set(none).size).toBe(1);
  expect(pixel(overlay(grey, [0, 0, 0]), 0, 0)).toEqual(none);
});

test('half of what is above 0 lies in so many pixels', () => {
  expect(halfArea(Float32Array.of(8, 1, 1, -5))).toBe(0.25);
  expect(halfArea(Float32Array.of(1, 1, 1, 1))).toBe(0.5);
  expect(halfArea(Float32Array.of(0, -1))).toBe(0);
});

test('small pictures are enlarged, large ones shrunk', async () => {
  const tile = (height: number, width: number) => ({ picture: { height, width, data: new Uint8Array(height * width * 3) } });
  const sizeOf = async (...tiles: ReturnType<typeof tile>[]) => sharp(await drawSheet('.', [{ tiles }], 100)).metadata();
  expect((await sizeOf(tile(10, 10), tile(10, 10))).width).toBe(12 + 100 + 8 + 100 + 12);
  expect((await sizeOf(tile(300, 600))).width).toBe(12 + 100 + 12);
  const explained = { index: 0, name: 'a <b> & c', probability: 1 };
  const picture = { image: new Float32Array(700 * 500 * 3), shape: [500, 700, 3], map: new Float32Array(350_000), explained, predicted: explained, layer: 'layers.0', occlusion: undefined };
  expect(await sharp(await explanationPicture(picture)).metadata()).toMatchObject({ format: 'png', width: 12 + 350 + 8 + 350 + 12 });
});

test.each([[[5, 5, 3, 20]], [[3, 3, 2, 300]], [[1, 1, 4, 1]]])('filters of [%s]', async (shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const picture = await filtersPicture({ dtype: 'float32', shape, data: Float32Array.from({ length: size }, (_, at) => Math.sin(at)) });
  expect((await sharp(picture).metadata()).format).toBe('png');
});

test('text of any kind is drawn', async () => {
  for (const text of ['', ' ', '\u0000\n', '<i>&', '七']) expect((await drawText(text)).width).toBeGreaterThan(0);
});

test('what is asked of layers that are not there', () => {
  const layers = [{ name: 'layers.0', kind: 'flatten', shape: [784] }, { name: 'logits', kind: 'dense', shape: [20] }];
  expect(() => spatialLayer(layers, '', 'layer')).toThrow('no layer of the network has spatial extent, so there is no map of one; explain by occlusion');
  expect(() => layerNamed(layers, 'x', 'layer')).toThrow("layer: is 'x'; the network has layers.0, logits");
  expect(unitsOf(layers[1]!, [], 'units')).toHaveLength(16);
  expect(() => unitsOf(layers[1]!, new Array<number>(17).fill(0), 'units')).toThrow('units: are 17; ask for at most 16');
  expect(() => unitsOf(layers[1]!, [3, 20], 'units')).toThrow('units[1]: is 20; logits has units 0 to 19');
  expect(() => checkPixels([4096, 2048, 3])).toThrow('model: takes images of 4096 x 2048, 8388608 pixels, expected at most 4194304');
});
