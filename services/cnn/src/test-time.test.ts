import { changed, changesOf, meanOf } from './test-time';

const images = { dtype: 'float32' as const, shape: [2, 2, 3, 1], data: Float32Array.of(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16) };
const rows = (change: Parameters<typeof changed>[1]) => [...changed(images, change).data];

describe('test-time augmentation', () => {
  it('mirrors, and moves by whole pixels; what comes in is black, and nothing comes from another image', () => {
    expect(rows({ flip: false, right: 0, down: 0 })).toEqual([...images.data]);
    expect(rows({ flip: true, right: 0, down: 0 })).toEqual([3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14]);
    expect(rows({ flip: false, right: 1, down: 0 })).toEqual([0, 1, 2, 0, 4, 5, 0, 11, 12, 0, 14, 15]);
    expect(rows({ flip: false, right: 0, down: 1 })).toEqual([0, 0, 0, 1, 2, 3, 0, 0, 0, 11, 12, 13]);
    expect(rows({ flip: false, right: 0, down: -1 })).toEqual([4, 5, 6, 0, 0, 0, 14, 15, 16, 0, 0, 0]);
    expect(rows({ flip: true, right: -1, down: 0 })).toEqual([2, 1, 0, 5, 4, 0, 12, 11, 0, 15, 14, 0]);
  });

  it('averages over the image itself first, up to ten in all', () => {
    expect(changesOf(undefined, [28, 28, 1])).toEqual([{ flip: false, right: 0, down: 0 }]);
    const all = changesOf({ flipHorizontal: true, shift: 2 }, [28, 28, 1]);
    expect(all).toHaveLength(10);
    expect(all[0]).toEqual({ flip: false, right: 0, down: 0 });
    expect(meanOf([images, { ...images, data: images.data.map((value) => value + 2) }]).data).toEqual(images.data.map((value) => value + 1));
  });

  it('refuses a shift beyond half of the image', () => {
    expect(() => changesOf({ flipHorizontal: false, shift: 15 }, [28, 40, 3])).toThrow('test_time_augmentation.shift: is 15; images of 28 x 40 pixels take 0 to 14');
  });
});
