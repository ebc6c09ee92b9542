import type { Rhythm } from '@quartet/data';

const DAY = 86_400_000;
/** Sines and cosines of a cycle up to this multiple of its frequency. */
const HARMONICS = { year: 2, week: 2, day: 2 };

type Cycle = keyof typeof HARMONICS;

/** Rows of these frequencies, the coarser included, go through a cycle in more than one step. */
const SEEN: Record<Cycle, readonly Rhythm['frequency'][]> = {
  year: ['second', 'minute', 'hour', 'day', 'businessDay', 'month'],
  week: ['second', 'minute', 'hour', 'day', 'businessDay'],
  day: ['second', 'minute', 'hour'],
};

function cyclesOf({ frequency, every }: Rhythm): Cycle[] {
  const cycles = (Object.keys(HARMONICS) as Cycle[]).filter((cycle) => SEEN[cycle].includes(frequency));
  return frequency === 'day' && every % 7 === 0 ? cycles.filter((cycle) => cycle !== 'week') : cycles;
}

/** How many numbers `calendarOf` gives. */
export const calendarSize = (rhythm: Rhythm): number => cyclesOf(rhythm).reduce((sum, cycle) => sum + 2 * HARMONICS[cycle], 0);

/** Where in the year, the week and the day a time is, as sines and cosines, UTC. @param time Milliseconds since 1970. */
export function calendarOf(time: number, rhythm: Rhythm): number[] {
  return cyclesOf(rhythm).flatMap((cycle) => {
    const angle = 2 * Math.PI * phase(time, cycle);
    return Array.from({ length: HARMONICS[cycle] }, (_, k) => [Math.sin((k + 1) * angle), Math.cos((k + 1) * angle)]).flat();
  });
}

function phase(time: number, cycle: Cycle): number {
  if (cycle === 'day') return (((time % DAY) + DAY) % DAY) / DAY;
  if (cycle === 'week') return ((((time / DAY + 4) % 7) + 7) % 7) / 7; // 1970-01-01 was a Thursday.
  const year = new Date(time).getUTCFullYear();
  const start = new Date(0).setUTCFullYear(year, 0, 1);
  return (time - start) / (new Date(0).setUTCFullYear(year + 1, 0, 1) - start);
}
