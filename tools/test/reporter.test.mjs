import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inRoot, node24 } from '../setup/paths.mjs';

test('jest leaves its counts: passed, failed by name, a file that cannot be run, skipped', () => {
  mkdirSync(inRoot('tmp'), { recursive: true });
  const folder = mkdtempSync(inRoot('tmp', 'reporter-'));
  try {
    mkdirSync(join(folder, 'src'));
    const preset = JSON.stringify(inRoot('tools/jest/preset.cjs'));
    writeFileSync(join(folder, 'jest.config.cjs'), `module.exports = { ...require(${preset}), displayName: 'sample', rootDir: __dirname };`);
    writeFileSync(join(folder, 'src/a.test.ts'), `describe('sum', () => { test('right', () => expect(1 + 1).toBe(2)); test('wrong', () => expect(1 + 1).toBe(3)); test.skip('later', () => {}); });`);
    writeFileSync(join(folder, 'src/broken.test.ts'), `throw new Error('before any test');`);
    const env = { ...process.env, QUARTET_TEST_RESULTS: folder };
    const { status } = spawnSync(node24, [inRoot('node_modules/.bin/jest')], { cwd: folder, env, encoding: 'utf8' });
    assert.equal(status, 1);
    const result = JSON.parse(readFileSync(join(folder, 'sample.json'), 'utf8'));
    assert.deepEqual(result, { project: 'sample', passed: 1, failed: ['sum wrong', join(folder, 'src/broken.test.ts')], skipped: ['sum later'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
