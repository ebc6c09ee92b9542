// The tests of tools/, bench/ and deploy/ (there, those that need no control plane). They use Node's own runner, because the set-up
// must work before jest is installed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { inRoot } from '../setup/paths.mjs';

/** Runs every *.test.mjs of the three and adds them to `tally`. */
export async function testTools(tally) {
  const files = ['tools', 'bench', 'deploy'].flatMap((folder) => testsIn(inRoot(folder)));
  const result = { passed: 0, failed: [], skipped: [] };
  const stream = run({ files, concurrency: 2 });
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
  tally.add('tools', result);
}

const testsIn = (folder) => readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.test.mjs')).map((file) => join(folder, file));
