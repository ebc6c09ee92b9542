import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fixture } from '../testing/fixtures';
import { tempFolder } from '../testing/temp';
import { readNpyRows } from './read-rows';
import { writeNpy } from './write';

const folder = tempFolder();
const file = join(folder, 'a.npy');

describe('writeNpy', () => {
  it('writes the bytes that NumPy writes, and tells their SHA-256', async () => {
    const numpy = fixture('npy/i4.npy');
    const hash = await writeNpy(file, [2, 3, 4], Int32Array.from({ length: 24 }, (_, i) => i - 5));
    expect(readFileSync(file).equals(numpy)).toBe(true);
    expect(hash).toBe(createHash('sha256').update(numpy).digest('hex'));
    await writeNpy(file, [5], Int32Array.from([0, 1, 2, 3, 4]));
    expect(readFileSync(file).equals(fixture('npy/one.npy'))).toBe(true);
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    await expect(writeNpy(file, [1], new Uint8Array(1), { signal })).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});

describe('readNpyRows', () => {
  it('reads back any rows of any array', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(Uint8Array, Int32Array, Float32Array),
        fc.nat(6),
        fc.nat(6),
        async (shape, Kind, offset, count) => {
          const data = new Kind(shape.reduce((a, b) => a * b, 1)).map((_: number, i: number) => i * 3);
          await writeNpy(file, shape, data);
          const rows = await readNpyRows(file, offset, count);
          const size = shape.slice(1).reduce((a, b) => a * b, 1);
          expect(rows.shape).toEqual([Math.max(0, Math.min(count, shape[0]! - offset)), ...shape.slice(1)]);
          expect(rows.data).toEqual(data.slice(offset * size, (offset + count) * size));
        },
      ),
      { numRuns: 60 },
    ));

  it('refuses a file shorter than its header says, and Fortran order', async () => {
    writeFileSync(file, fixture('npy/f4.npy').subarray(0, 150));
    await expect(readNpyRows(file, 0, 1)).rejects.toThrow('22 bytes of data; expected 96');
    writeFileSync(file, fixture('npy/fortran.npy'));
    await expect(readNpyRows(file)).rejects.toThrow('Fortran order; expected C order');
  });
});
