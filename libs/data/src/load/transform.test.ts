import { Philox, Purpose } from '../random/philox';
import type { Augmentation } from './options';
import { drawTransform } from './transform';

const random = new Philox(5, Purpose.augment);
const draw = (augmentation: Augmentation, example = 0, height = 20, width = 30) => drawTransform(random.seek(3, example), height, width, augmentation);
const all: Augmentation = { shift: 0.1, rotate: 15, scale: 0.2, flipHorizontal: true, erase: 0.5 };
const many = (augmentation: Augmentation) => Array.from({ length: 4000 }, (_, example) => draw(augmentation, example));

describe('drawTransform', () => {
  it('stays within the ranges and comes near their ends', () => {
    const drawn = many(all);
    const range = (values: number[]) => [Math.min(...values), Math.max(...values)];
    const within = (values: number[], low: number, high: number) => {
      const [least, most] = range(values) as [number, number];
      expect(least).toBeGreaterThanOrEqual(low);
      expect(most).toBeLessThanOrEqual(high);
      expect(most - least).toBeGreaterThan((high - low) * 0.98);
    };
    within(drawn.map((t) => t.shiftX), -3, 3);
    within(drawn.map((t) => t.shiftY), -2, 2);
    within(drawn.map((t) => t.radians), (-15 * Math.PI) / 180, (15 * Math.PI) / 180);
    within(drawn.map((t) => t.scale), 0.8, 1.2);
    for (const share of [drawn.filter((t) => t.flip).length, drawn.filter((t) => t.erase).length]) expect(Math.abs(share - 2000)).toBeLessThan(150);
  });

  it('erases rectangles inside the image, of 2 to 33 % of it but for rounding', () => {
    for (const { erase } of many({ erase: 1 })) {
      const { top, left, height, width } = erase!;
      expect(top >= 0 && left >= 0 && height >= 1 && width >= 1 && top + height <= 20 && left + width <= 30).toBe(true);
      expect((height * width) / 600).toBeLessThan(0.36);
      expect((height * width) / 600).toBeGreaterThan(0.012);
    }
  });

  it('draws the others as before when one is turned off', () => {
    const { erase: _, ...rest } = draw(all, 7);
    expect(draw({ ...all, shift: 0 }, 7)).toMatchObject({ ...rest, shiftX: expect.closeTo(0, 15), shiftY: expect.closeTo(0, 15) });
    expect(draw({ ...all, erase: 0 }, 7)).toEqual(rest);
  });

  it('shifts by whole pixels where nothing else would blur the image, as far either way as asked', () => {
    const drawn = many({ shift: 0.1, flipHorizontal: true, erase: 0.5 });
    expect([...new Set(drawn.map((t) => t.shiftX + 0))].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect([...new Set(drawn.map((t) => t.shiftY + 0))].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    for (const other of [{ rotate: 5 }, { scale: 0.1 }]) expect(many({ shift: 0.1, ...other }).every((t) => Number.isInteger(t.shiftX))).toBe(false);
  });

  it('changes nothing when all is off', () => {
    const { shiftX, shiftY, radians, scale, flip, erase } = draw({});
    expect([Math.abs(shiftX), Math.abs(shiftY), Math.abs(radians), scale, flip, erase]).toEqual([0, 0, 0, 1, false, undefined]);
  });
});
