import { spawnSync } from 'node:child_process';

/** What a process that starts at `nice -n from` has after it. */
function after(from: number): number {
  const program = "require(process.argv[1]).lowerPriority(10); console.log(require('node:os').getPriority())";
  const { stdout, stderr } = spawnSync('nice', ['-n', `${from}`, process.execPath, '-e', program, require.resolve('..')], { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return Number(stdout);
}

test('lowers a process, and leaves one that is lower already', () => {
  expect(after(0)).toBeGreaterThanOrEqual(10);
  expect(after(15)).toBeGreaterThanOrEqual(15);
});
