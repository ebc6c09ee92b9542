import fc from 'fast-check';
import { resolve } from 'node:path';
import { checkRelativePath } from './paths';

describe('checkRelativePath', () => {
  it.each(['a', 'train/cats/1.png', '..a/b..', 'ü/…', '.hidden', 'a b'])('takes %p', (path) => expect(checkRelativePath(path)).toBe(path));

  it.each([
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['C:/x', 'is absolute'],
    ['../a', 'climbs with ".."'],
    ['a/../b', 'climbs with ".."'],
    ['a//b', 'has an empty or "." segment'],
    ['a/', 'has an empty or "." segment'],
    ['./a', 'has an empty or "." segment'],
    ['a\\b', 'has a backslash'],
    ['a\0b', 'has a control character'],
    ['a'.repeat(256), 'has a segment longer than 255 bytes'],
    ['a/'.repeat(600) + 'a', 'is longer than 1024 bytes'],
  ])('refuses %p', (path, wrong) => {
    expect(() => checkRelativePath(path, 'chunk.path')).toThrow(
      expect.objectContaining({
        reason: 'INVALID_FIELD',
        message: expect.stringMatching(/^chunk\.path: ".*expected a relative path with "\/" such as "train\/cats\/1\.png"\. Rename the file\.$/),
      }),
    );
    expect(() => checkRelativePath(path)).toThrow(wrong);
  });

  it('whatever it takes stays below the folder', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '..', '.', '', '/', '\\', 'b.c', 'C:')), (segments) => {
        const path = segments.join('/');
        try {
          checkRelativePath(path);
        } catch {
          return;
        }
        expect(resolve('/root/data', path).startsWith('/root/data/')).toBe(true);
      }),
      { numRuns: 2000 },
    ));
});
