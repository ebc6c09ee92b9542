import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

// Runs the built library in processes of its own, which die for real.

const folder = mkdtempSync(path.join(tmpdir(), 'quartet-core-'));
afterAll(() => rmSync(folder, { recursive: true }));

function train(name: string, killAt = 0): { signal: string | null; stderr: string; result?: { from: number; outcome: string; weights: string } } {
  const env = { ...process.env };
  // What the engine sets itself must be enough.
  delete env.TF_CPP_MIN_LOG_LEVEL;
  const script = path.join(__dirname, 'fixtures/train-once.cjs');
  const { signal, stdout, stderr } = spawnSync(process.execPath, [script, path.join(folder, name), String(killAt)], { env, encoding: 'utf8' });
  return { signal, stderr, result: stdout ? JSON.parse(stdout) : undefined };
}

test('a training killed twice and started again ends with the weights of one never killed', () => {
  const first = train('whole');
  expect(first).toMatchObject({ signal: null, result: { from: 0, outcome: 'completed' } });
  // TensorFlow's start-up remarks stay out of the log, but for two that no setting silences.
  expect(first.stderr.split('\n').filter((line) => line && !/^WARNING: All log messages before absl|oneDNN custom operations are on/.test(line))).toEqual([]);

  expect(train('killed', 8).signal).toBe('SIGKILL');
  expect(train('killed', 17).signal).toBe('SIGKILL');
  expect(train('killed').result).toEqual({ ...first.result, from: 15 });
});
