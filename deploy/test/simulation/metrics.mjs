// Prometheus' text format, as far as figures are made of it here.

/** @returns `[{ name, labels, value }]` */
export function samplesIn(text) {
  const samples = [];
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (!name) continue;
    samples.push({ name, labels: Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text])), value: Number(value) });
  }
  return samples;
}

/** The samples of a name, added up by what `key` makes of their labels; what it makes nothing of is left out. */
export function sumBy(samples, name, key) {
  const sums = new Map();
  for (const { labels, value } of samples.filter((sample) => sample.name === name)) {
    const group = key(labels);
    if (group !== undefined) sums.set(group, (sums.get(group) ?? 0) + value);
  }
  return sums;
}

/** What came between two readings of a counter. */
export const grownBy = (before, after) => new Map([...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)]).filter(([, value]) => value > 0));

/** @param buckets `le` -> cumulative count. @returns seconds, as Prometheus' histogram_quantile estimates them. */
export function quantile(buckets, share) {
  const sorted = [...buckets].map(([le, count]) => [Number(le.replace('+Inf', 'Infinity')), count]).sort(([a], [b]) => a - b);
  const rank = share * (sorted.at(-1)?.[1] ?? 0);
  let [from, below] = [0, 0];
  for (const [le, count] of sorted) {
    if (count >= rank && count > below) return le === Infinity ? from : from + ((le - from) * (rank - below)) / (count - below);
    [from, below] = [le, count];
  }
  return NaN;
}
