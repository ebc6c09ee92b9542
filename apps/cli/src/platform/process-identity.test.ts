import { spawn } from 'node:child_process';
import { childrenOf, memoryOf, startOf } from './process-identity';

test('a process is known by its start until it has ended', async () => {
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  const pid = child.pid!;
  expect(startOf(pid)).toMatch(/^[0-9a-f-]{36}\/\d+$/);
  expect(startOf(pid)).toBe(startOf(pid));
  expect(startOf(pid)).not.toBe(startOf(process.pid));
  expect(childrenOf(new Set([process.pid]))).toContainEqual({ pid, parent: process.pid });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(startOf(pid)).toBeUndefined();
});

test('memory is read in bytes', () => {
  const memory = memoryOf(process.pid)!;
  expect(memory.now).toBeGreaterThan(10 * 1024 ** 2);
  expect(memory.peak).toBeGreaterThanOrEqual(memory.now);
  expect(memoryOf(2 ** 22 + 1)).toBeUndefined();
});
