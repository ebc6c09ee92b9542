import { readFileSync } from 'node:fs';

/** Of the kernel's clock, fixed for user space on every Linux. */
const TICKS_A_SECOND = 100;

/** @returns what a process took so far: `{ cpuSeconds, peakBytes }`. */
export function usageOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number);
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpuSeconds: (user + system) / TICKS_A_SECOND, peakBytes: Number(peak) * 1024 };
}
