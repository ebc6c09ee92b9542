import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '../../..');
const GENERATED = 'libs/core/src/generated';

function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry): [string, string] => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), readFileSync(file, 'utf8')];
    }).sort(),
  );
}

test("the generated code is what TensorFlow's descriptors give", () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'quartet-core-'));
  try {
    const buf = path.join(ROOT, 'node_modules/.bin/buf');
    const bin = path.join(ROOT, 'node_modules/.bin');
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    execFileSync(buf, ['generate', '--template', 'libs/core/tensorflow-protos/buf.gen.yaml', '-o', scratch], { cwd: ROOT, env });
    expect(contents(path.join(ROOT, GENERATED))).toEqual(contents(path.join(scratch, GENERATED)));
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
