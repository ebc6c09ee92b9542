import type { ChaosReport } from './chaos';

/** The report for people, in Markdown. */
export function summaryOf({ seed, seconds, stores, events, requests, jobs, resources, findings, plan }: ChaosReport): string {
  const inflicted = new Map<string, number>();
  const kinds = new Set<string>(plan.map(({ kind }) => kind));
  for (const { what } of events) if (kinds.has(what)) inflicted.set(what, (inflicted.get(what) ?? 0) + 1);
  const states = new Map<string, number>();
  for (const { state } of jobs) states.set(state, (states.get(state) ?? 0) + 1);
  const pairs = (map: Iterable<readonly [string, number]>): string => [...map].map(([name, count]) => `${name} ${count}`).join(', ');
  return [
    `Seed ${seed}, ${seconds} s, ${stores === 'server' ? 'PostgreSQL and S3' : 'embedded stores'}.`,
    `Faults: ${pairs(inflicted)}.`,
    `Jobs: ${jobs.length} (${pairs(states)}), ${jobs.filter(({ attempts }) => attempts > 1).length} of them by more than one process.`,
    '',
    '| requests | sent | answered | calls | slowest, s | failed calls |',
    '|---|---|---|---|---|---|',
    ...Object.entries(requests).map(([kind, count]) => `| ${kind} | ${count.requests} | ${count.answered} | ${count.calls} | ${(count.slowestMs / 1000).toFixed(2)} | ${pairs(Object.entries(count.failures))} |`),
    '',
    '| process | memory, MiB, before and after | open files | threads |',
    '|---|---|---|---|',
    ...Object.entries(resources).map(([name, { before, after }]) => `| ${name} | ${before.residentMib}, ${after.residentMib} | ${before.openFiles}, ${after.openFiles} | ${before.threads}, ${after.threads} |`),
    '',
    findings.length === 0 ? 'Met: no finding.' : `NOT MET: ${findings.length} findings.\n${findings.map((finding) => `- ${finding}`).join('\n')}`,
  ].join('\n');
}
