import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process started, as text that no other process with the same id can share: boot id and start tick from /proc,
 * or the start time that `ps` prints where there is no /proc. Undefined if there is no such process (a zombie counts as
 * gone).
 */
export function startOf(pid: number): string | undefined {
  try {
    // The second field, the command in brackets, may hold blanks and brackets itself: fields count from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[19]}`;
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Largest resident memory of a process so far, and its resident memory now, in bytes. Undefined without /proc. */
export function memoryOf(pid: number): { peak: number; now: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
    return { peak: read('VmHWM'), now: read('VmRSS') };
  } catch {
    return undefined;
  }
}

/** Ids of the processes that `pid` started and that still run, with their command lines. */
export function childrenOf(pid: number): { pid: number; command: string }[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map((id) => ({ pid: Number(id), command: readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }));
  } catch {
    return [];
  }
}
