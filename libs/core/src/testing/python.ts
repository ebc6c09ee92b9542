import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const NOTE = path.join(__dirname, '../../../../node_modules/.cache/quartet/test-env.json');

/** Runs a Python program with TensorFlow at hand. @returns what it printed, parsed as JSON. */
export function runPython<T>(program: string, ...args: string[]): T {
  const { status, stdout, stderr, error } = spawnSync(interpreter(), ['-c', program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`Python failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout) as T;
}

function interpreter(): string {
  const set = process.env.QUARTET_TEST_PYTHON;
  if (set) return set;
  if (existsSync(NOTE)) {
    const { python } = JSON.parse(readFileSync(NOTE, 'utf8')) as { python?: string };
    if (python) return python;
  }
  throw new Error(`No Python with TensorFlow: run the set-up for tests (it writes ${NOTE}), or set QUARTET_TEST_PYTHON.`);
}
