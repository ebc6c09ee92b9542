import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientPython, python } from './shared';

/** Runs a script of test/python and reads the JSON on its last line. */
export const runPython = <T>(script: string, ...args: string[]): Promise<T> => run(python(), script, args);

/** The same, with the Python that has other projects' clients. */
export const runClient = <T>(script: string, ...args: string[]): Promise<T> => run(clientPython(), script, args);

async function run<T>(interpreter: string, script: string, args: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(interpreter, [join(__dirname, 'python', script), ...args], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}
