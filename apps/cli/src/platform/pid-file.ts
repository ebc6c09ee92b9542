import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startOf } from './process-identity';

/** What QUARTET_HOME/run/<name>.json says about a service's process. */
export interface PidRecord {
  name: string;
  pid: number;
  /** See startOf: tells the process apart from a later one with the same id. */
  start: string;
  address: string;
  log: string;
  startedAt: string;
}

export const runFolder = (home: string): string => join(home, 'run');
export const pidFile = (home: string, name: string): string => join(runFolder(home), `${name}.json`);

export function writePidFile(home: string, record: PidRecord): void {
  const file = pidFile(home, record.name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export const removePidFile = (home: string, name: string): void => rmSync(pidFile(home, name), { force: true });

/** The record of a service whose very process still runs; undefined if it never ran, has ended, or its id is another's. */
export function readLive(home: string, name: string): PidRecord | undefined {
  let record: PidRecord;
  try {
    record = JSON.parse(readFileSync(pidFile(home, name), 'utf8')) as PidRecord;
  } catch {
    return undefined;
  }
  return Number.isInteger(record.pid) && record.pid > 1 && startOf(record.pid) === record.start ? record : undefined;
}
