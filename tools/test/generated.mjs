// The generated code is checked in; this makes it anew from proto/ and compares.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runQuietly } from '../setup/command.mjs';
import { inRoot, root } from '../setup/paths.mjs';
import { SetupError } from '../setup/report.mjs';

const GENERATED = 'libs/contracts/src/generated';
const FOR_BROWSERS = { template: 'apps/console/buf.gen.yaml', folder: 'apps/console/src/generated' };
const DESCRIPTORS = 'libs/contracts/descriptors.binpb';

/** @throws SetupError when proto/ breaks a lint rule, or the checked-in code is not what proto/ gives. */
export async function checkGenerated() {
  const scratch = mkdtempSync(join(tmpdir(), 'quartet-generated-'));
  const buf = (...args) => runQuietly(inRoot('node_modules', '.bin', 'buf'), args, { cwd: root });
  try {
    await buf('lint');
    await buf('generate', '-o', scratch);
    await buf('generate', '--template', FOR_BROWSERS.template, '-o', scratch);
    await buf('build', '-o', join(scratch, DESCRIPTORS));
    const stale = [...[GENERATED, FOR_BROWSERS.folder].flatMap((folder) => difference(join(scratch, folder), inRoot(folder))), ...differs(scratch, DESCRIPTORS)];
    if (stale.length) throw new SetupError(`Generated code is not what proto/ gives: ${stale.join(', ')}`, 'npm run generate, and commit the result');
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const differs = (scratch, file) => (readFileSync(join(scratch, file)).equals(readFileSync(inRoot(file))) ? [] : [file]);

/** Files that one of two folders lacks or has otherwise, by their path inside. */
export function difference(expected, found) {
  const [left, right] = [contents(expected), contents(found)];
  const names = [...new Set([...left.keys(), ...right.keys()])].sort();
  return names.filter((name) => !(left.has(name) && right.has(name) && left.get(name).equals(right.get(name))));
}

function contents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map((entry) => [relative(folder, join(entry.parentPath, entry.name)), readFileSync(join(entry.parentPath, entry.name))]));
}
