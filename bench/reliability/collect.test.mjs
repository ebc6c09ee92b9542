import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Tells what its heap holds after 64 MiB that nothing needs, and again each time it is asked to collect; ends when nothing is asked any longer. */
const PROGRAM = `
  let garbage = Array.from({ length: 64 }, () => Array.from({ length: 131072 }, Math.random));
  garbage = undefined;
  const tell = () => console.log(process.memoryUsage().heapUsed / 2 ** 20);
  tell();
  process.on('SIGUSR2', () => setTimeout(tell, 500));
  process.stdin.on('end', () => process.exit(0)).resume();
`;

test('a process is collected as often as it is asked, and goes on', { timeout: 30_000 }, async ({ signal }) => {
  const child = spawn(process.execPath, ['--require', fileURLToPath(new URL('collect.cjs', import.meta.url)), '--eval', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'], signal, killSignal: 'SIGKILL' });
  child.on('error', () => {}); // The end of a test that took too long.
  const told = async () => Number((await once(child.stdout, 'data'))[0]);
  const before = await told();
  for (let time = 0; time < 3; time += 1) {
    child.kill('SIGUSR2');
    assert.ok((await told()) < before - 60);
  }
  child.stdin.end();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
