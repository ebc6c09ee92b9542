import { spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
export const DEMO_MAIN = join(__dirname, '..', '..', 'dist', 'demo', 'main.js');

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  /** Run under a pseudo-terminal of 120 columns; everything then comes back in `stdout`. */
  terminal?: boolean;
  main?: string;
  cwd?: string;
  /** Called with everything written so far whenever there is more; sends a signal to the process. */
  onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs the built command line tool as a process of its own and gives what it wrote. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const main = options.main ?? MAIN;
  const command = [process.execPath, main, ...args];
  const [program, ...rest] = options.terminal ? ['script', '-qec', `stty cols 120 rows 50; exec ${command.map(quote).join(' ')}`, '/dev/null'] : command;
  const child = spawn(program!, rest, { env: { ...process.env, ...options.env }, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const heard = () => options.onOutput?.(stdout + stderr, (signal) => child.kill(signal));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
