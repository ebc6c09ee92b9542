import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from './report.mjs';

const KEPT_OUTPUT = 64 * 1024;

/**
 * Runs a command to its end and keeps its output out of the person's view; the last of it is in the error when it fails.
 * @returns what it wrote to standard output.
 */
export function runQuietly(command, args, { cwd, env, remedy } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let all = '';
    let out = '';
    const keep = (text) => (all = (all + text).slice(-KEPT_OUTPUT));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
      keep(text);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}`, remedy)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(out);
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      reject(new SetupError(`${[command, ...args].join(' ').slice(0, 300)}\n${how}:\n${all.trimEnd()}`, remedy));
    });
  });
}

/** The full path of a command, as the shell would find it, or undefined. */
export function findCommand(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder || '.', name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here: look in the next folder.
    }
  }
  return undefined;
}
