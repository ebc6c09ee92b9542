import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of /proc/PID, or nothing where the process has just ended. */
const read = (pid, file) => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
};
const parentOf = (pid) => /^PPid:\s+(\d+)$/m.exec(read(pid, 'status'))?.[1];

/** Awaits a child of a process whose command matches. @returns the environment that it was started with. */
export async function environmentOfChild(parent, command) {
  for (;;) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (parentOf(pid) !== String(parent) || !command.test(read(pid, 'cmdline'))) continue;
      const pairs = read(pid, 'environ').split('\0').filter(Boolean);
      return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
    }
    await sleep(50);
  }
}
