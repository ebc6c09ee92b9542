// What the control plane was asked, and what it took, between two moments.
import { grownBy, quantile, samplesIn, sumBy } from './metrics.mjs';
import { usageOf } from './usage.mjs';

/** Watches last as long as their watchers. */
const LASTING = ['WATCH', 'CONNECT'];
const verbOf = ({ verb }) => (LASTING.includes(verb) ? undefined : verb);

/** @param processes of ControlPlane: `[{ name, pid }]` */
export async function reading(api, processes) {
  const samples = samplesIn(await api.call('/metrics', { accept: 'text/plain' }));
  const buckets = sumBy(samples, 'apiserver_request_duration_seconds_bucket', (labels) => verbOf(labels) && `${labels.verb} ${labels.le}`);
  return { at: Date.now(), requests: sumBy(samples, 'apiserver_request_total', verbOf), buckets, usage: new Map(processes.map(({ name, pid }) => [name, usageOf(pid)])) };
}

/** @returns `{ requests: [{ verb, count, p99Seconds }], processes: [{ name, cpuSeconds, peakBytes }] }` */
export function loadBetween(before, after) {
  const buckets = grownBy(before.buckets, after.buckets);
  const requests = [...grownBy(before.requests, after.requests)].map(([verb, count]) => {
    const own = [...buckets].filter(([key]) => key.startsWith(`${verb} `)).map(([key, total]) => [key.slice(verb.length + 1), total]);
    return { verb, count, p99Seconds: quantile(own, 0.99) };
  });
  const processes = [...after.usage].map(([name, { cpuSeconds, peakBytes }]) => ({ name, cpuSeconds: cpuSeconds - before.usage.get(name).cpuSeconds, peakBytes }));
  return { requests: requests.sort((a, b) => b.count - a.count), processes };
}
