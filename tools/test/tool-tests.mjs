// The tests of tools/, bench/ and deploy/ (there, those that need no control plane). They use Node's own runner, because the set-up
// must work before jest is installed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../setup/paths.mjs';
import { runNodeTests } from './node-tests.mjs';

/** Runs every *.test.mjs of the three and adds them to `tally`. */
export async function testTools(tally) {
  const files = ['tools', 'bench', 'deploy'].flatMap((folder) => testsIn(inRoot(folder)));
  tally.add('tools', await runNodeTests(files, { concurrency: 2 }));
}

const testsIn = (folder) => readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.test.mjs')).map((file) => join(folder, file));
