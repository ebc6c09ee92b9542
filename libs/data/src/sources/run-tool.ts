import { spawn } from 'node:child_process';
import { QuartetError } from '@quartet/contracts';

/** Longest that a package manager may take. */
const TIMEOUT_MS = 10 * 60_000;
const KEPT_OUTPUT = 2000;
/** Set by an `npm run -w` around us; npm would look for that workspace in the folder it now runs in. */
const NOT_PASSED_ON = new Set(['npm_config_workspace', 'npm_config_workspaces', 'npm_config_dry_run']);

/**
 * Runs a program to its end, for instance a package manager.
 * @param purpose What it is needed for, for the error: `fetch builtin:mnist`.
 * @throws QuartetError UNAVAILABLE with the end of what it wrote, if it isn't there or fails.
 */
export function runTool(program: string, args: string[], cwd: string, purpose: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not spawn's own timeout: its timer outlives a program that could not be started.
    const stop = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]);
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.has(name)));
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal: stop });
    let output = '';
    const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-KEPT_OUTPUT));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(new QuartetError('CANCELLED', `Could not ${purpose}: cancelled.`, { cause: error }));
      else if (stop.aborted) reject(failure(purpose, `"${program} ${args[0]}" took over ${TIMEOUT_MS / 60_000} minutes`, 'Check the network, then try again.'));
      else reject(failure(purpose, `"${program}" could not be started (${error.code ?? error.message})`, `Install ${program}, or put it on PATH.`));
    });
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve();
      const how = killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`;
      reject(failure(purpose, `"${program} ${args[0]}" ${how}: ${output.trim()}`, 'Check the network and the configuration of the registry, then try again.'));
    });
  });
}

const failure = (purpose: string, received: string, remedy: string) =>
  new QuartetError('UNAVAILABLE', `Could not ${purpose}: ${received}. ${remedy}`, { retryAfterMs: 10_000 });
