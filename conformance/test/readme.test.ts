import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadState } from './shared';

const ROOT = join(__dirname, '..', '..');

/** The code block that follows a marker `<!-- name -->` in the README. */
function block(name: string): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``).exec(readme);
  if (!found?.[1]) throw new Error(`README.md has no code block after <!-- ${name} -->`);
  return found[1];
}

describe('README', () => {
  it('shows a call that runs as it stands, and its output', async () => {
    const port = loadState().gateway.split(':')[1] ?? '';
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', block('call')], { cwd: ROOT, env: { ...process.env, QUARTET_GATEWAY_PORT: port } });
    expect(stdout).toBe(block('output'));
  });
});
