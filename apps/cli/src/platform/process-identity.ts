import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

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

/** Ids of the processes whose parent is one of `parents`. Empty without /proc. */
export function childrenOf(parents: ReadonlySet<number>): { pid: number; parent: number }[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parents.has(parent) ? [{ pid: Number(name), parent }] : [];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}
