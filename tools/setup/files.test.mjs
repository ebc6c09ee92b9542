import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { bytesUnder, makeFolderOnce, sha256Of, sha256OfFile, writeWhole } from './files.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'quartet-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('SHA-256 of a file is the published one', async () => {
  writeFileSync(join(folder, 'abc'), 'abc');
  // FIPS 180-4, the standard's own example.
  assert.equal(await sha256OfFile(join(folder, 'abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('lists of parts that join to the same text hash differently', () => {
  assert.notEqual(sha256Of('ab', 'c'), sha256Of('a', 'bc'));
});

test('writing a file leaves a hard link to its old content alone', () => {
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, 'old');
  linkSync(file, link);
  writeWhole(file, 'new');
  assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(link, 'utf8')], ['new', 'old']);
});

test('a folder whose filling fails is not there, nor is anything of it', async () => {
  const fill = async (partial) => {
    writeFileSync(join(partial, 'half'), '');
    throw new Error('disk full');
  };
  await assert.rejects(makeFolderOnce(join(folder, 'result'), fill), /disk full/);
  assert.deepEqual(readdirSync(folder), []);
});

test('of two that make the same folder at once, the first gives its content and neither fails', async () => {
  const made = join(folder, 'result');
  let bothStarted;
  const started = new Promise((resolve) => (bothStarted = resolve));
  const first = makeFolderOnce(made, async (partial) => {
    await started;
    writeFileSync(join(partial, 'by'), 'first');
  });
  const second = makeFolderOnce(made, async (partial) => {
    bothStarted();
    await first;
    writeFileSync(join(partial, 'by'), 'second');
  });
  await Promise.all([first, second]);
  assert.equal(readFileSync(join(made, 'by'), 'utf8'), 'first');
  assert.deepEqual(readdirSync(folder), ['result']);
});

test('what a killed set-up left is removed after a day, and not before', async () => {
  const [old, young] = [join(folder, '.partial-old'), join(folder, '.partial-young')];
  mkdirSync(old);
  mkdirSync(young);
  const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
  utimesSync(old, twoDaysAgo, twoDaysAgo);
  await makeFolderOnce(join(folder, 'result'), async () => {});
  assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
});

test('bytes are counted in sub-folders, and a link to a folder is not counted again', () => {
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib', 'a'), 'abc');
  writeFileSync(join(folder, 'b'), 'de');
  symlinkSync('lib', join(folder, 'lib64'));
  assert.equal(bytesUnder(folder), 5);
});
