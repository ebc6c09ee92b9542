import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect, uploadDataset } from '@quartet/client';
import { DatasetFormat } from '@quartet/contracts';
import { runCli } from '../src/testing/run-cli';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'quartet-cli-backup-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The registry alone: of a whole platform it is the part that has what is backed up. */
function registry(home: string): Promise<{ address: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(__dirname, '../../../services/registry/dist/main.js')], { env: { ...process.env, QUARTET_HOME: home, QUARTET_REGISTRY_PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the registry ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, address } = JSON.parse(line) as { msg: string; address?: string };
      if (msg === 'listening') resolve({ address: address!, child });
    });
  });
}

test('backup and restore', async () => {
  const first = await registry(join(folder, 'home'));
  const client = connect({ address: first.address });
  const csv = Buffer.from(`x,label\n${Array.from({ length: 20 }, (_, at) => `${at},${at % 2 ? 'odd' : 'even'}`).join('\n')}\n`);
  const stored = await uploadDataset(client, 'numbers', { format: DatasetFormat.DATASET_FORMAT_CSV }, [{ path: 'numbers.csv', source: csv, size: csv.length }], { deadlineMs: 60_000 });
  client.close();
  const copy = join(folder, 'copy');
  const backed = await runCli(['backup', copy, '--address', first.address]);
  expect(backed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^The database and \d+ blobs, .*, are in .*copy; `quartet restore .*copy` brings them into an empty place\.\n$/) });
  expect(readdirSync(copy).sort()).toEqual(['backup.json', 'blobs', 'database.jsonl']);
  expect(await runCli(['backup', copy, '--address', first.address])).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: the folder .*copy is not empty\nhint: give a new one\n$/) });
  expect(existsSync(`${copy}.partial`)).toBe(false);
  first.child.removeAllListeners('exit').kill('SIGKILL');

  const home = join(folder, 'elsewhere');
  const env = { QUARTET_HOME: home };
  mkdirSync(join(folder, 'none'));
  expect(await runCli(['restore', join(folder, 'none')], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('has no backup.json: it is no backup, or one that was interrupted') });
  expect(await runCli(['restore', copy], { env })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Restored as of 20.*: 1 data sets, 0 models with 0 versions, 0 jobs, \d+ blobs \(.*\)\. `quartet up` starts it\.\n$/) });
  const second = await registry(home);
  const there = connect({ address: second.address });
  expect(await there.datasets.getDataset({ name: 'numbers' })).toEqual(stored);
  there.close();
  second.child.removeAllListeners('exit').kill('SIGKILL');
});
