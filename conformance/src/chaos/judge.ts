import type { Journal } from './journal';
import type { Resources } from './member';
import type { ChaosPlatform } from './platform';

/** What the log of a process may hold at level error while things break. A line of any other kind is a finding. */
const EXPECTED: readonly RegExp[] = [
  // Work that a timer repeats; the database was away.
  /^background work failed; it will be tried again$/,
  // The disk was full; the job's end says so too.
  /^training failed$/,
];

interface Line {
  readonly level?: string;
  readonly msg?: string;
  readonly trainingPid?: number;
  readonly reason?: string;
}

/** Lines that no fault explains: internal errors, and crashes of trainings that nobody killed. */
export function judgeLogs(platform: ChaosPlatform, killedTrainings: ReadonlySet<number>, journal: Journal): void {
  for (const { name, log } of platform.members) {
    const strange = log.filter((text) => /"level":"(error|fatal)"/.test(text) && !isExpected(text, killedTrainings));
    const kinds = new Map<string, string[]>();
    for (const text of strange) kinds.set(parse(text).msg ?? '', [...(kinds.get(parse(text).msg ?? '') ?? []), text]);
    for (const [, lines] of kinds) journal.find(`${name} logged ${lines.length} times: ${lines[0]!.slice(0, 1500)}`);
  }
}

function isExpected(text: string, killed: ReadonlySet<number>): boolean {
  const { level, msg = '', trainingPid, reason } = parse(text);
  // The disk was full; the job fails with that reason and can be resumed.
  if (msg === 'checkpoint not kept') return text.includes('"reason":"DISK_FULL"');
  if (msg === 'training process crashed') return trainingPid !== undefined && killed.has(trainingPid) && reason === 'killed by SIGKILL';
  return level !== 'fatal' && EXPECTED.some((expected) => expected.test(msg));
}

function parse(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}

/** What a process may take more of after the load than before it. Memory: what its allocator keeps of its busiest moment. */
const MORE = { residentMib: 400, openFiles: 24, threads: 16 };

export interface Taken {
  readonly before: Resources;
  readonly after: Resources;
}

/** Compares what processes take when nobody calls, before and after. */
export function judgeResources(before: ReadonlyMap<string, Resources>, after: ReadonlyMap<string, Resources>, journal: Journal): Record<string, Taken> {
  const taken: Record<string, Taken> = {};
  for (const [name, now] of after) {
    const then = before.get(name)!;
    taken[name] = { before: then, after: now };
    for (const what of Object.keys(MORE) as (keyof Resources)[]) {
      if (now[what] - then[what] > MORE[what]) journal.find(`${name} has ${what} ${now[what]} after the load, ${then[what]} before it; ${MORE[what]} more is the most`);
    }
  }
  return taken;
}

export const resourcesOf = (platform: ChaosPlatform): Map<string, Resources> =>
  new Map(platform.members.flatMap((member) => {
    const taken = member.resources();
    return taken ? [[member.name, taken] as const] : [];
  }));
