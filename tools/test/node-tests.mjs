import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Runs files by Node's own runner, and prints what it tells. Suites count for nothing themselves. @returns what a Tally adds */
export async function runNodeTests(files, { concurrency }) {
  const result = { passed: 0, failed: [], skipped: [] };
  const stream = run({ files, concurrency });
  stream.on('test:pass', ({ name, details, skip }) => {
    if (details.type === 'suite') return;
    if (skip === undefined) result.passed += 1;
    else result.skipped.push(name);
  });
  stream.on('test:fail', ({ name, details }) => {
    if (details.type !== 'suite') result.failed.push(name);
  });
  const printed = stream.compose(spec);
  printed.pipe(process.stdout, { end: false });
  await new Promise((resolve) => printed.on('end', resolve));
  return result;
}
