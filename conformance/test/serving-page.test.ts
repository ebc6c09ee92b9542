import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeBlock, ROOT } from './code-block';
import { clientPython, loadState } from './shared';

const run = promisify(execFile);

// The other two languages' toolchains are no part of the set-up; their examples were run by hand (docs/decisions/0100).
describe('docs/serving.md', () => {
  const { gateway } = loadState();
  const folder = join(ROOT, 'conformance', 'tmp');
  beforeAll(() => mkdirSync(folder, { recursive: true }));

  it('shows a call in Python that runs as it stands', async () => {
    const code = codeBlock('docs/serving.md', 'python').replace('127.0.0.1:50050', gateway);
    const { stdout } = await run(clientPython(), ['-c', code]);
    expect(stdout).toBe('(1, 10)\n(1, 3)\n');
  });

  it('shows a call in TypeScript that runs as it stands', async () => {
    const file = join(folder, 'example.mts');
    writeFileSync(file, codeBlock('docs/serving.md', 'typescript'));
    const { stdout } = await run(process.execPath, [file], { env: { ...process.env, QUARTET_GATEWAY_PORT: gateway.split(':')[1] } });
    expect(stdout).toBe('logits 1x10 40\nprobabilities 1x10 40\n');
  });
});
