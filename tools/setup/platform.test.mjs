import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findCommand } from './command.mjs';
import { checkPlatform, checkTools } from './platform.mjs';

const ALL = { python: true, pip: true, compiler: true };
const good = { platform: 'linux', arch: 'x64', node: '20.20.2', glibc: '2.36' };

let bin;
beforeEach(() => (bin = mkdtempSync(join(tmpdir(), 'quartet-path-'))));
afterEach(() => rmSync(bin, { recursive: true }));

/** A PATH with only the named real commands. */
function pathWith(...commands) {
  for (const command of commands) symlinkSync(findCommand(command), join(bin, command));
  return bin;
}

/** A Python as Debian has it without python3-pip. */
function pythonWithoutPip() {
  const file = join(bin, 'python3');
  writeFileSync(file, '#!/bin/sh\necho "/usr/bin/python3: No module named pip" >&2\nexit 1\n');
  chmodSync(file, 0o755);
  return bin;
}

test('this machine passes', () => {
  checkPlatform();
  checkPlatform(good);
});

test('another system, processor, C library or an old Node is refused, with what to use instead', () => {
  const refused = (change, message, remedy) => assert.throws(() => checkPlatform({ ...good, ...change }), (e) => message.test(e.message) && remedy.test(e.remedy));
  refused({ platform: 'darwin', arch: 'arm64' }, /This machine is darwin arm64; Quartet runs on Linux on x86-64/, /container/);
  refused({ glibc: '' }, /not glibc; TensorFlow needs glibc 2\.27/, /Debian 12/);
  refused({ glibc: '2.26' }, /glibc 2\.26; TensorFlow needs glibc 2\.27/, /Debian 12/);
  refused({ node: '18.20.4' }, /This is Node 18\.20\.4; the set-up needs Node 20 or newer/, /Install Node 20/);
});

test('all that is missing is named in one error, with one command that installs it', () => {
  assert.throws(() => checkTools(ALL, bin), (error) => {
    assert.match(error.message, /Missing on this machine: python3 .*; pip, as `python3 -m pip`; g\+\+/);
    assert.match(error.remedy, /apt-get install -y python3 python3-pip g\+\+$/);
    return true;
  });
});

test('Python without pip asks for python3-pip alone', () => {
  assert.throws(() => checkTools({ ...ALL, compiler: false }, pythonWithoutPip()), (error) => /apt-get install -y python3-pip$/.test(error.remedy));
});

test('what is not needed is not asked for', () => {
  checkTools({}, bin);
  checkTools({ compiler: true }, pathWith('g++'));
});

test('the command fails with exit code 1 and the remedy, and `npm test` still ends with its line', () => {
  const home = join(bin, 'home');
  mkdirSync(home);
  const main = fileURLToPath(new URL('main.mjs', import.meta.url));
  // An empty cache and an unknown accelerator: the one failure that needs neither network nor a machine without tools.
  const env = { PATH: bin, HOME: home, QUARTET_ACCELERATOR: 'abacus' };
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, '--test'], { env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /Set-up failed: QUARTET_ACCELERATOR is "abacus"; it takes: cpu, cuda\.\nTo mend it: Unset it/);
  assert.equal(stdout, '0 passed, 1 failed\n');
});

test('a machine without Python and a compiler is told so before anything is fetched', () => {
  const home = join(bin, 'home');
  mkdirSync(home);
  const main = fileURLToPath(new URL('main.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main], { env: { PATH: bin, HOME: home }, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /Missing on this machine: python3 .*To mend it: (sudo )?apt-get install -y python3 python3-pip g\+\+\n/s);
});
