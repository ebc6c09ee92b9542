import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { codeBlock, ROOT } from './code-block';
import { loadState } from './shared';

describe('README', () => {
  it('shows a call that runs as it stands, and its output', async () => {
    const port = loadState().gateway.split(':')[1] ?? '';
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', codeBlock('README.md', 'call')], { cwd: ROOT, env: { ...process.env, QUARTET_GATEWAY_PORT: port } });
    expect(stdout).toBe(codeBlock('README.md', 'output'));
  });
});
