import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../limits';
import { tempFolder } from '../testing/temp';
import { isBelow, listFolder } from './list-folder';

const root = realpathSync(tempFolder());
const inside = (name: string): string => {
  const folder = join(root, name);
  mkdirSync(join(folder, 'b'), { recursive: true });
  writeFileSync(join(folder, 'b', '2'), '');
  writeFileSync(join(folder, 'a'), '');
  return folder;
};

describe('listFolder', () => {
  it('lists files in order, following links to files below the root', async () => {
    const folder = inside('plain');
    symlinkSync(join(root, 'plain', 'a'), join(folder, 'link'));
    const files = await listFolder(folder, root, DEFAULT_LIMITS);
    expect([...files]).toEqual([['a', join(folder, 'a')], ['b/2', join(folder, 'b', '2')], ['link', join(folder, 'a')]]);
  });

  it.each([
    ['a link that leads out', '/etc/passwd', 'link: a symbolic link that leads out of the folder or to a folder'],
    ['a link to a folder', '.', 'leads out of the folder or to a folder'],
    ['a dangling link', 'nowhere', 'link: a symbolic link to nothing'],
  ])('refuses %s', async (name, target, message) => {
    const folder = inside(name);
    symlinkSync(target, join(folder, 'link'));
    await expect(listFolder(folder, folder, DEFAULT_LIMITS)).rejects.toThrow(message);
  });

  it('refuses too many files', async () => {
    await expect(listFolder(inside('many'), root, { ...DEFAULT_LIMITS, maxFiles: 1 })).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' });
  });
});

describe('isBelow', () => {
  it.each([['/a', '/a', true], ['/a', '/a/b', true], ['/a', '/ab', false], ['/a', '/', false], ['/a', '/a/..b', true], ['/', '/x', true]])(
    '%s, %s: %s',
    (parent, path, below) => expect(isBelow(parent, path)).toBe(below),
  );
});
