import { join } from 'node:path';
import { writeNpy } from '../npy/write';
import { tempFolder } from '../testing/temp';
import { loadPart } from './load-part';

const folder = tempFolder();
const [x, y] = [join(folder, 'x.npy'), join(folder, 'y.npy')];

describe('loadPart', () => {
  it('loads all rows, or some', async () => {
    await writeNpy(x, [3, 1, 2, 1], Uint8Array.from([1, 2, 3, 4, 5, 6]));
    await writeNpy(y, [3], Int32Array.from([7, 8, 9]));
    expect(await loadPart(x, y)).toEqual({ count: 3, exampleShape: [1, 2, 1], examples: Uint8Array.from([1, 2, 3, 4, 5, 6]), labels: Int32Array.from([7, 8, 9]) });
    expect(await loadPart(x, y, { offset: 1, count: 1 })).toMatchObject({ count: 1, examples: Uint8Array.from([3, 4]), labels: Int32Array.from([8]) });
    expect((await loadPart(x, y, { offset: 5, count: 2 })).count).toBe(0);
  });

  it('refuses files that do not belong together or are of another type', async () => {
    await writeNpy(x, [2, 1], new Float32Array(2));
    await writeNpy(y, [3], new Int32Array(3));
    await expect(loadPart(x, y)).rejects.toThrow('labels of type i4, shape [3]; expected i4, shape [2] like the examples');
    await expect(loadPart(x, x)).rejects.toThrow('labels of type f4');
    await expect(loadPart(y, y)).rejects.toThrow('examples of type i4; expected u1 or f4');
  });
});
