import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, isServing } from '@quartet/client';
import { AdviceError } from '../output/report-error';
import { removePidFile, writePidFile, type PidRecord } from './pid-file';
import { startOf } from './process-identity';
import { mainOf, type ServiceDefinition } from './services';

export interface StartedService {
  definition: ServiceDefinition;
  record: PidRecord;
  child: ChildProcess;
}

/** Where a service's output goes; each start appends to it. */
export const logOf = (home: string, name: string): string => join(home, 'logs', `${name}.log`);

/**
 * Starts a service as a process of its own session, its output in QUARTET_HOME/logs/<name>.log: it outlives this
 * process, and a Ctrl-C in the terminal does not reach it.
 */
export function startService(definition: ServiceDefinition, home: string, address: string, env: NodeJS.ProcessEnv): StartedService {
  const main = mainOf(definition);
  mkdirSync(join(home, 'logs'), { recursive: true });
  const log = logOf(home, definition.name);
  const output = openSync(log, 'a');
  const child = spawn(process.execPath, [main], { detached: true, stdio: ['ignore', output, output], env, cwd: process.cwd() });
  closeSync(output);
  child.unref();
  const pid = child.pid;
  const start = pid === undefined ? undefined : startOf(pid);
  if (pid === undefined || start === undefined) {
    throw new AdviceError(`the ${definition.title} could not be started`, `see ${log}`);
  }
  const record: PidRecord = { name: definition.name, pid, start, address, log, startedAt: new Date().toISOString() };
  writePidFile(home, record);
  return { definition, record, child };
}

/** The last lines of a log, as people read them: time, level and message of pino's JSON, other lines as they are. */
export function tailOf(log: string, lines = 12): string[] {
  let text: string;
  try {
    text = readFileSync(log, 'utf8');
  } catch {
    return [];
  }
  return text
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => {
      try {
        const entry = JSON.parse(line) as { level?: number | string; msg?: string; err?: { message?: string } };
        return `  ${entry.level ?? ''} ${entry.msg ?? ''}${entry.err?.message ? `: ${entry.err.message}` : ''}`;
      } catch {
        return `  ${line}`;
      }
    });
}

/**
 * Waits until the service, and each that it must answer for, is healthy.
 * @throws AdviceError with the end of its log if it ends first, or isn't ready in time.
 */
export async function waitUntilHealthy({ definition, record, child }: StartedService, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const client = connect({ address: record.address });
  const until = Date.now() + timeoutMs;
  const healthy = async () => {
    for (const service of ['', ...definition.serves]) if (!(await isServing(client, service))) return false;
    return true;
  };
  try {
    while (!(await healthy())) {
      signal?.throwIfAborted();
      const ended = child.exitCode ?? child.signalCode;
      if (ended !== null) throw new AdviceError(`the ${definition.title} ended with ${ended} before it was ready:\n${tailOf(record.log).join('\n')}`, `its whole log is ${record.log}`);
      if (Date.now() > until) throw new AdviceError(`the ${definition.title} at ${record.address} was not ready within ${timeoutMs / 1000} s:\n${tailOf(record.log).join('\n')}`, `its whole log is ${record.log}`);
      await sleep(150, undefined, { signal });
    }
  } finally {
    client.close();
  }
}

/** SIGTERM, then waits for the process to drain and end. @returns milliseconds taken; undefined if it still runs. */
export async function stopProcess(home: string, record: PidRecord, timeoutMs: number): Promise<number | undefined> {
  const began = Date.now();
  const gone = () => startOf(record.pid) !== record.start;
  try {
    if (!gone()) process.kill(record.pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  while (!gone()) {
    if (Date.now() - began > timeoutMs) return undefined;
    await sleep(50);
  }
  removePidFile(home, record.name);
  return Date.now() - began;
}
