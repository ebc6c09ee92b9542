import { spawn } from 'node:child_process';
import { root } from '../setup/paths.mjs';

/**
 * Runs a command with its output in the person's view, in a process group of its own, all of which is ended when it takes longer
 * than `minutes` or when this process is told to stop.
 * @returns its exit code, or the signal that ended it.
 */
export function runAloud(command, args, { env, minutes }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const endAll = (signal) => process.kill(-child.pid, signal);
    const limit = setTimeout(() => {
      process.stdout.write(`\n${args[0]} is ended after ${minutes} minutes\n`);
      endAll('SIGKILL');
    }, minutes * 60_000);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => endAll(signal));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      resolve(code ?? signal);
    });
  });
}
