import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

test('loading and unloading a version 50 times leaves no tensor, no session and no memory behind', async () => {
  const script = resolve(__dirname, '../../../bench/serve/cycles.mjs');
  // Fails by its exit code as well, for a growth of more than 8 MiB.
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--cycles', '50']);
  const { cycles, before, after } = JSON.parse(stdout) as { cycles: number } & Record<'before' | 'after', Record<'api' | 'native' | 'sessions' | 'mib', number>>;
  expect(cycles).toBe(50);
  expect([after.api, after.native, after.sessions]).toEqual([before.api, before.native, before.sessions]);
  expect(after.mib - before.mib).toBeLessThan(8);
});
