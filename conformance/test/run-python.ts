import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { python } from './shared';

/** Runs a script of test/python and reads the JSON on its last line. */
export async function runPython<T>(script: string, ...args: string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(python(), [join(__dirname, 'python', script), ...args], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}
