import { unusable } from '../problems';
import type { Frequency, TimeAxis } from '../types';

const MS: Partial<Record<Frequency, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** Share of steps that may be longer than the usual one: rows that are missing. */
const MOST_GAPS = 0.2;
/** Longest run of business days without a row that counts as holidays. */
const MOST_HOLIDAYS = 6;

export type Rhythm = Pick<TimeAxis, 'frequency' | 'every'>;

/** The time `steps` rows after a time, in milliseconds since 1970. */
export function timeAfter(time: number, steps: number, { frequency, every }: Rhythm): number {
  const span = MS[frequency];
  if (span) return time + steps * every * span;
  if (frequency === 'businessDay') return businessDayAfter(time, steps * every);
  return monthAfter(time, steps * every * (frequency === 'year' ? 12 : 1));
}

/** The same day of a later month, or that month's last. */
function monthAfter(time: number, months: number): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(date);
  last.setUTCMonth(date.getUTCMonth() + 1, 0);
  // A series of the months' ends stays with their ends.
  const next = new Date(time + MS.day!);
  date.setUTCDate(next.getUTCDate() === 1 ? last.getUTCDate() : Math.min(day, last.getUTCDate()));
  return date.getTime();
}

function businessDayAfter(time: number, days: number): number {
  const date = new Date(time);
  for (let left = days; left > 0; ) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (isBusinessDay(date.getTime())) left--;
  }
  return date.getTime();
}

const isBusinessDay = (time: number): boolean => ![0, 6].includes(new Date(time).getUTCDay());

/**
 * What the rows of a series are apart, by their most common distance.
 * @param times Ascending, without repetition.
 * @throws QuartetError UNUSABLE_DATASET when they keep to no rhythm.
 */
export function rhythmOf(times: readonly number[], file: string): Rhythm {
  const rhythm = monthly(times) ?? businessDaily(times) ?? fixed(times);
  if (rhythm) return rhythm;
  throw unusable(file, {
    received: 'rows at uneven distances in time',
    expected: 'rows that are, but for a few that are missing, as far apart as each other: days, months, 15 minutes',
    remedy: 'Aggregate the rows to a fixed step, for instance a mean for each day.',
  });
}

function monthly(times: readonly number[]): Rhythm | undefined {
  const months = times.map((time) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth());
  const every = mostCommon(differences(months));
  if (every < 1) return undefined;
  const kept = times.every((time, i) => timeAfter(times[0]!, months[i]! - months[0]!, { frequency: 'month', every: 1 }) === time);
  if (!kept || !months.every((month) => (month - months[0]!) % every === 0)) return undefined;
  return every % 12 === 0 ? { frequency: 'year', every: every / 12 } : { frequency: 'month', every };
}

function businessDaily(times: readonly number[]): Rhythm | undefined {
  const days = MS.day!;
  if (!times.every((time) => (time - times[0]!) % days === 0 && isBusinessDay(time))) return undefined;
  const steps = differences(times).map((step) => step / days);
  const weekend = steps.filter((step) => step > 1).length;
  if (mostCommon(steps) !== 1 || weekend < steps.length / 10 || Math.max(...steps) > MOST_HOLIDAYS + 4) return undefined;
  return { frequency: 'businessDay', every: 1 };
}

function fixed(times: readonly number[]): Rhythm | undefined {
  const steps = differences(times);
  const step = mostCommon(steps);
  const gaps = steps.filter((each) => each !== step).length;
  if (gaps > steps.length * MOST_GAPS || !steps.every((each) => each % step === 0)) return undefined;
  for (const frequency of ['day', 'hour', 'minute', 'second'] as const) {
    if (step % MS[frequency]! === 0) return { frequency, every: step / MS[frequency]! };
  }
  return undefined;
}

const differences = (values: readonly number[]): number[] => values.slice(1).map((value, i) => value - values[i]!);

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [0, 0] as [number, number])[0];
}

/** Times that the rhythm has and the series hasn't; business days that are missing are holidays, and no gaps. */
export function gapsOf(times: readonly number[], rhythm: Rhythm): number[] {
  if (rhythm.frequency === 'businessDay') return [];
  const gaps: number[] = [];
  const origin = times[0]!;
  let at = 0;
  for (const time of times) {
    for (let expected = timeAfter(origin, at, rhythm); expected < time; expected = timeAfter(origin, ++at, rhythm)) gaps.push(expected);
    at++;
  }
  return gaps;
}

/** Times as whole numbers that int32 holds: of the coarsest unit that they all keep to. */
export function timeAxis(column: string, times: readonly number[], rhythm: Rhythm, file: string): { axis: Omit<TimeAxis, 'interpolated'>; labels: Int32Array } {
  const originMs = times[0]!;
  const unitMs = [86_400_000, 3_600_000, 60_000, 1000, 1].find((unit) => times.every((time) => (time - originMs) % unit === 0))!;
  const last = (times.at(-1)! - originMs) / unitMs;
  if (last > 0x7fffffff) {
    throw unusable(file, { received: `${last} units of ${unitMs} ms from the first to the last row`, expected: `at most ${0x7fffffff}`, remedy: 'Round the times to whole seconds or more.' });
  }
  return { axis: { column, originMs, unitMs, ...rhythm }, labels: Int32Array.from(times, (time) => (time - originMs) / unitMs) };
}
