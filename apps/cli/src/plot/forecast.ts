import plot from 'simple-ascii-chart';
import { table, type Output } from '../output';
import type { Point } from '../training/history';

/** A history and what a model says comes after it. */
export interface ForecastPicture {
  title: string;
  /** Milliseconds since 1970; none: rows are numbered. */
  historyTimes: readonly number[];
  history: readonly number[];
  times: readonly number[];
  /** [step][quantile], the median at `median`. */
  forecast: readonly (readonly number[])[];
  quantiles: readonly number[];
  median: number;
  /** What really came, if that is known. */
  truth?: readonly number[];
}

const LINES = [
  { name: 'history', colour: 'cyan', ansi: 'ansiCyan' },
  { name: 'forecast', colour: 'yellow', ansi: 'ansiYellow' },
  { name: 'range', colour: 'blue', ansi: 'ansiBlue' },
  { name: 'range', colour: 'blue', ansi: 'ansiBlue' },
  { name: 'what came', colour: 'green', ansi: 'ansiGreen' },
] as const;

const short = (value: number): string => Number(value.toPrecision(4)).toString();
export const dayOf = (time: number): string => new Date(time).toISOString().replace(/T00:00:00\.000Z$/, '').replace(/:00\.000Z$/, 'Z');

/** About ten round numbers from one to the other, 0 among them. */
function ticks(from: number, to: number): number[] {
  const apart = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((step) => (to - from) / step <= 10) ?? 10_000;
  const first = Math.ceil(from / apart);
  return Array.from({ length: Math.floor(to / apart) - first + 1 }, (_, i) => (first + i) * apart);
}

/** The forecast after its history, as lines of text; without colours the history and the median only. */
export function forecastChart(out: Output, picture: ForecastPicture): string[] {
  const { history, forecast, quantiles, median, truth = [] } = picture;
  const width = Math.max(30, Math.min(100, out.width - 14));
  const after = (values: readonly number[]): Point[] => [[0, history.at(-1) ?? 0], ...values.map((value, step): Point => [step + 1, value])];
  const past: Point[] = history.map((value, row) => [row - history.length + 1, value]);
  const series = [past, after(forecast.map((row) => row[median]!)), after(forecast.map((row) => row[0]!)), after(forecast.map((row) => row.at(-1)!)), after(truth)];
  const drawn = LINES.map((line, at) => ({ ...line, points: series[at]! })).filter(({ points }, at) => points.length > 1 && (out.colours || at < 2));
  // Later lines cover earlier ones: the median comes last.
  const order = [...drawn].sort((a, b) => Number(a.name === 'forecast') - Number(b.name === 'forecast'));
  const text = plot(order.map(({ points }) => points), {
    width,
    height: 16,
    color: out.colours ? order.map(({ ansi }) => ansi) : undefined,
    formatter: (value, { axis }) => (axis === 'x' ? Math.round(value) : short(value)),
    customXAxisTicks: ticks(1 - history.length, forecast.length),
  });
  const legend = drawn
    .filter(({ name }, at) => drawn.findIndex((other) => other.name === name) === at)
    .map(({ name, colour }) => out.paint(colour, `━ ${name === 'range' ? `${quantiles[0]} to ${quantiles.at(-1)}` : name}`))
    .join('   ');
  return [`${out.paint('bold', picture.title)}   ${legend}`, ...text.split('\n').filter((line) => line.trim() !== ''), `${' '.repeat(Math.floor(width / 2))}steps from the last known value`];
}

/** The forecast's numbers, as lines of text. */
export function forecastTable(out: Output, { times, forecast, quantiles, truth }: ForecastPicture): string[] {
  const columns = [{ title: 'STEP' }, ...quantiles.map((level) => ({ title: level === 0.5 ? 'MEDIAN' : String(level), align: 'right' as const })), ...(truth ? [{ title: 'WHAT CAME', align: 'right' as const }] : [])];
  const rows = forecast.map((row, step) => [times[step] === undefined ? String(step + 1) : dayOf(times[step]), ...row.map(short), ...(truth ? [truth[step] === undefined ? '' : short(truth[step])] : [])]);
  return table(out, columns, rows);
}
