import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../limits';
import { tempFolder } from '../testing/temp';
import { zipBytes, type ZipEntry } from '../testing/zip-bytes';
import { extractAll, openZip } from './zip';

const folder = tempFolder();
const open = (bytes: Uint8Array, limits = {}) => {
  const path = join(folder, 'a.zip');
  writeFileSync(path, bytes);
  return openZip(path, 'a.zip', { limits: { ...DEFAULT_LIMITS, ...limits } });
};

describe('openZip', () => {
  it('lists files, and unpacks stored and deflated ones under names of its own', async () => {
    const zip = await open(zipBytes([{ name: 'train/' }, { name: 'train/a/1.png' }, { name: 'ü.txt', data: Buffer.alloc(5000, 7), deflate: true }]));
    const out = mkdtempSync(join(folder, 'out-'));
    const files = await extractAll(zip, out);
    expect([...files.keys()]).toEqual(['train/a/1.png', 'ü.txt']);
    expect(readdirSync(out)).toEqual(['0', '1']);
    expect(readFileSync(files.get('train/a/1.png')!, 'utf8')).toBe('train/a/1.png');
    expect(await zip.read(zip.entries.get('ü.txt')!)).toEqual(Buffer.alloc(5000, 7));
    zip.close();
  });

  const bomb: ZipEntry = { name: 'a', data: Buffer.alloc(3_000_000), deflate: true };
  it.each<[string, ZipEntry[], object, string, string]>([
    ['a path that climbs', [{ name: '../../etc/passwd' }], {}, 'CORRUPT_DATA', 'a.zip: '],
    ['a path that climbs inside', [{ name: 'a/../../b' }], {}, 'CORRUPT_DATA', 'a.zip: '],
    ['an absolute path', [{ name: '/etc/passwd' }], {}, 'CORRUPT_DATA', 'absolute path'],
    ['a drive letter', [{ name: 'C:/x' }], {}, 'CORRUPT_DATA', 'absolute path'],
    ['a backslash', [{ name: 'a\\..\\b' }], {}, 'CORRUPT_DATA', 'a.zip: '],
    ['a symbolic link', [{ name: 'a/1.png', data: Buffer.from('/etc/passwd'), mode: 0o120777 }], {}, 'CORRUPT_DATA', 'entry "a/1.png", a symbolic link; expected plain files'],
    ['encryption', [{ name: 'a', flags: 0x801, deflate: true }], {}, 'CORRUPT_DATA', 'entry "a", which is encrypted'],
    ['another method', [{ name: 'a', method: 12 }], {}, 'CORRUPT_DATA', 'compression method 12; expected stored (0) or deflated (8)'],
    ['duplicates', [{ name: 'a' }, { name: 'a' }], {}, 'CORRUPT_DATA', 'two entries named "a"; expected one a name'],
    ['a control character', [{ name: 'a\nb' }], {}, 'CORRUPT_DATA', 'which has a control character'],
    ['too many files', [{ name: 'a' }, { name: 'b' }, { name: 'c' }], { maxFiles: 2 }, 'LIMIT_EXCEEDED', '3 files; expected at most 2. Send fewer files'],
    ['too much when unpacked', [bomb], { maxBytes: 1_000_000 }, 'LIMIT_EXCEEDED', '3000000 bytes; expected at most 1000000'],
    ['a bomb', [bomb], {}, 'CORRUPT_DATA', 'decompress to 3000000; expected at most 200 times the size'],
  ])('refuses %s before unpacking anything', async (_, entries, limits, reason, message) => {
    await expect(open(zipBytes(entries), limits)).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
  });

  it('refuses what is no zip, or is cut off', async () => {
    await expect(open(Buffer.from('not a zip'))).rejects.toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringContaining('expected a complete zip archive') });
    await expect(open(zipBytes([{ name: 'a' }]).subarray(0, -5))).rejects.toMatchObject({ reason: 'CORRUPT_DATA' });
    await expect(open(Buffer.alloc(0))).rejects.toMatchObject({ reason: 'CORRUPT_DATA' });
  });

  it('opens no file for an entry that can\'t be read', async () => {
    const bytes = zipBytes([{ name: 'a' }]);
    bytes.writeUInt32LE(0, 0); // The signature before the entry; the directory at the end is whole.
    const zip = await open(bytes);
    const out = mkdtempSync(join(folder, 'none-'));
    const [entry] = zip.entries.values();
    await expect(zip.extract(entry!, join(out, '0'))).rejects.toMatchObject({ reason: 'CORRUPT_DATA' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readdirSync(out)).toEqual([]);
    zip.close();
  });

  it.each<[string, ZipEntry, string]>([
    ['a larger size than stated', { name: 'a', data: Buffer.alloc(100), deflate: true, uncompressedSize: 10 }, 'too many bytes'],
    ['a smaller size than stated', { name: 'a', data: Buffer.alloc(100), deflate: true, uncompressedSize: 1000 }, 'not enough bytes'],
    ['another checksum', { name: 'a', data: Buffer.from('abc'), crc: 1 }, 'CRC-32 352441c2 where the archive says 1'],
  ])('refuses an entry of %s', async (_, entry, message) => {
    for (const how of ['read', 'extract'] as const) {
      const zip = await open(zipBytes([entry]));
      const [found] = zip.entries.values();
      const work = how === 'read' ? zip.read(found!) : zip.extract(found!, join(mkdtempSync(join(folder, 'x-')), '0'));
      await expect(work).rejects.toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringContaining(`a.zip/a: `) });
      await expect(zip.read(found!)).rejects.toThrow(message);
      zip.close();
    }
  });
});
