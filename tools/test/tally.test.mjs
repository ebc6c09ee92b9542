import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { difference } from './generated.mjs';
import { Tally } from './tally.mjs';

test('projects add up, and a clean run ends with the plain line and exit code 0', () => {
  const tally = new Tally();
  tally.add('core', { passed: 3, failed: [], skipped: [] });
  tally.add('data', { passed: 4, failed: [], skipped: [] });
  assert.equal(tally.summary(), '7 passed, 0 failed');
  assert.equal(tally.exitCode, 0);
});

test('failed tests, crashed files and failed checks count alike and are named at the end', () => {
  const tally = new Tally();
  tally.add('core', { passed: 3, failed: ['adds', '/src/broken.test.ts'], skipped: ['needs a GPU'] });
  tally.fail('check: lint');
  assert.equal(
    tally.summary(),
    'Skipped (1):\n  core: needs a GPU\n\nFailed (3):\n  core: adds\n  core: /src/broken.test.ts\n  check: lint\n\n3 passed, 3 failed',
  );
  assert.equal(tally.exitCode, 1);
});

test('generated folders differ by a changed, a missing and an extra file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-tally-'));
  const write = (file, text) => {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const side of ['left', 'right']) write(`${side}/same/a.ts`, 'a');
  assert.deepEqual(difference(join(folder, 'left'), join(folder, 'right')), []);
  write('left/changed.ts', '1');
  write('right/changed.ts', '2');
  write('left/missing.ts', '');
  write('right/same/extra.ts', '');
  assert.deepEqual(difference(join(folder, 'left'), join(folder, 'right')), ['changed.ts', 'missing.ts', 'same/extra.ts']);
  rmSync(folder, { recursive: true });
});
