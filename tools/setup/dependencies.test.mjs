import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { staleness } from './dependencies.mjs';

const LOCKED = {
  '': { name: 'clone' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/b/node_modules/a': { version: '2.0.0', integrity: 'sha512-a2' },
  'node_modules/for-windows': { version: '1.0.0', optional: true },
  'libs/x': { name: '@quartet/x', version: '0.1.0' },
};

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartet-dependencies-'));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: LOCKED }));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As npm leaves node_modules: the packages of this platform, and its record of them. */
function install(packages) {
  for (const path of Object.keys(packages)) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
}

const { '': _root, 'node_modules/for-windows': _other, 'libs/x': _workspace, ...present } = LOCKED;

test('no node_modules, or one whose installation was cut off, is not installed', () => {
  assert.equal(staleness(folder), 'not installed yet');
  mkdirSync(join(folder, 'node_modules', 'a'), { recursive: true });
  assert.equal(staleness(folder), 'not installed yet');
});

test('an installation equal to the lock is current, optional packages of other platforms aside', () => {
  install(present);
  assert.equal(staleness(folder), undefined);
});

test('another version, another content, a missing package and a removed folder are each noticed', () => {
  install({ ...present, 'node_modules/a': { version: '0.9.0', integrity: 'sha512-a' } });
  assert.equal(staleness(folder), 'a changed');
  install({ ...present, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-other' } });
  assert.equal(staleness(folder), 'a changed');
  install({ 'node_modules/a': present['node_modules/a'] });
  assert.equal(staleness(folder), 'a changed');
  install(present);
  rmSync(join(folder, 'node_modules', 'a'), { recursive: true });
  assert.equal(staleness(folder), 'node_modules/a is gone');
});
