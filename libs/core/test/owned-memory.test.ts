import { spawnSync } from 'node:child_process';
import path from 'node:path';

test('a program\'s variables own their memory: nothing of JavaScript\'s is freed on other threads', () => {
  const { status, signal, stdout } = spawnSync(process.execPath, [path.join(__dirname, 'fixtures/owned-memory.cjs')], { encoding: 'utf8' });
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: 'done\n' });
});
