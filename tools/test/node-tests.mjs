import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Runs files by Node's own runner, prints what it tells, and adds its tests to `tally` as those of a project, and returns them. Suites count for nothing themselves. */
export async function runNodeTests(files, { concurrency, project, tally }) {
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
  tally.add(project, result);
  return result;
}
