import { Child } from '../testing/process';

/** MiB that lie in a service's memory when 200 MB are taken, and some time after they are free. */
async function memoryOf(trimMs: string): Promise<{ filled: number; left: number }> {
  const child = new Child('memory-main.cjs', [], { QUARTET_MEMORY_TRIM_MS: trimMs });
  const line = await child.line(({ msg }) => msg === 'freed');
  // Nothing of it keeps the process.
  expect(await child.exited).toBe(0);
  return line as unknown as { filled: number; left: number };
}

test('what a service needed once goes back to the system, though glibc would keep it', async () => {
  const kept = await memoryOf('0');
  expect(kept.left).toBeGreaterThan(kept.filled - 20);
  const given = await memoryOf('200');
  expect(given.left).toBeLessThan(given.filled - 150);
});
