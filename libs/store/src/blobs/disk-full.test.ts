import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { newFolder, removeFolders } from '../testing/folders';

const testing = join(__dirname, '../../testing');

afterAll(removeFolders);

it('says that the disk is full, and leaves nothing half-written', async () => {
  const folder = await newFolder();
  const library = join(folder, 'full-disk.so');
  execFileSync('g++', ['-x', 'c', '-shared', '-fPIC', '-O1', '-o', library, join(testing, 'full-disk.c'), '-ldl']);
  const root = join(folder, 'disk');
  const output = execFileSync(process.execPath, [join(testing, 'fill-disk.cjs'), root, join(folder, 'elsewhere')], {
    env: { ...process.env, LD_PRELOAD: library, QUARTET_FULL_DISK: root },
    encoding: 'utf8',
  });
  const { put, fetched, left, small } = JSON.parse(output) as Record<string, unknown>;
  const full = { reason: 'DISK_FULL', message: expect.stringMatching(/^No space left for writing in .*disk\/.* \(ENOSPC\)\. Nothing was kept; free some space and try again\.$/) };
  expect(put).toEqual(full);
  expect(fetched).toEqual(full);
  expect(left).toEqual([small]);
});
