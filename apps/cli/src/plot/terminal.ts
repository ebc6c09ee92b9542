import plot from 'simple-ascii-chart';
import { count, percent, table, type Output } from '../output';
import { classScores } from '../training/evaluation';
import type { Point, TrainingHistory } from '../training/history';

/** At most `limit` points, each the mean of a run of neighbours, so that a long curve keeps its shape. */
export function thin(points: readonly Point[], limit: number): Point[] {
  if (points.length <= limit) return [...points];
  return Array.from({ length: limit }, (_, at) => {
    const run = points.slice(Math.floor((at * points.length) / limit), Math.floor(((at + 1) * points.length) / limit));
    const mean = (axis: 0 | 1) => run.reduce((sum, point) => sum + point[axis], 0) / run.length;
    return [mean(0), mean(1)];
  });
}

const short = (value: number): string => Number(value.toPrecision(3)).toString();

function chart(out: Output, title: string, series: { name: string; points: Point[] }[]): string[] {
  const present = series.filter(({ points }) => points.length > 1);
  if (present.length === 0) return [];
  const width = Math.max(30, Math.min(72, out.width - 12));
  const palette = ['ansiCyan', 'ansiYellow'] as const;
  // Of the colourless curves, only the first is drawn: two lines of the same sign could not be told apart.
  const drawn = out.colours ? present : present.slice(-1);
  const text = plot(drawn.map(({ points }) => thin(points, width)), {
    width,
    height: 10,
    color: out.colours ? drawn.map((_, at) => palette[at]!) : undefined,
    formatter: (value, { axis }) => (axis === 'x' ? Math.round(value * 10) / 10 : short(value)),
    customXAxisTicks: [...new Set(drawn.flatMap(({ points }) => points.map(([x]) => Math.round(x))))].filter((x) => x > 0).slice(0, 20),
  });
  const legend = drawn.map(({ name }, at) => out.paint(at === 0 ? 'cyan' : 'yellow', `━ ${name}`)).join('   ');
  return [`${out.paint('bold', title)}   ${legend}`, ...text.split('\n').filter((line) => line.trim() !== ''), `${' '.repeat(Math.floor(width / 2))}epoch`];
}

/** Curves of loss and accuracy, or of a GAN's losses and distance, against the epoch, as lines of text. */
export function curves(out: Output, history: TrainingHistory): string[] {
  // The first twentieth of a training is so much worse than the rest that it would flatten all of it.
  const settled = (points: Point[]) => points.filter(([at]) => at >= (points.at(-1)?.[0] ?? 0) / 20);
  const both = (name: string) => [
    { name: 'training', points: settled(history.trainingCurve(name)) },
    { name: 'validation', points: history.epochCurve(`validation/${name}`) },
  ];
  const players = ['discriminator', 'generator'].map((name) => ({ name, points: settled(history.trainingCurve(`loss/${name}`)) }));
  const distance = [{ name: 'to real examples', points: history.epochCurve('distance') }];
  const charts = [chart(out, 'loss', both('loss')), chart(out, 'accuracy', both('accuracy')), chart(out, 'losses', players), chart(out, 'distance', distance)];
  return charts.filter((lines) => lines.length > 0).flatMap((lines, at) => (at === 0 ? lines : ['', ...lines]));
}

/** A confusion matrix as lines of text: rows are the true classes; hits green, misses red. */
export function confusionTable(out: Output, classNames: readonly string[], matrix: readonly (readonly number[])[]): string[] {
  const names = classNames.map((name) => (name.length > 10 ? `${name.slice(0, 9)}…` : name));
  const cell = Math.max(...names.map(({ length }) => length), ...matrix.flat().map((value) => count(value).length));
  const head = Math.max('true ╲ as'.length, ...names.map(({ length }) => length));
  const scores = classScores(matrix);
  const row = (cells: readonly number[], index: number) =>
    cells.map((value, column) => {
      const text = (value === 0 ? '·' : count(value)).padStart(cell);
      if (value === 0) return out.paint('dim', text);
      return out.paint(column === index ? 'green' : 'red', text);
    });
  return [
    `${out.paint('bold', 'true ╲ as'.padStart(head))} │ ${names.map((name) => name.padStart(cell)).join(' ')} │ recall`,
    `${'─'.repeat(head)}─┼─${'─'.repeat(names.length * (cell + 1) - 1)}─┼────────`,
    ...matrix.map((cells, index) => `${(names[index] ?? '').padStart(head)} │ ${row(cells, index).join(' ')} │ ${percent(scores[index]?.recall ?? 0).padStart(8)}`),
  ];
}

/** Precision, recall and F1 a class, as lines of text. */
export function scoresTable(out: Output, classNames: readonly string[], matrix: readonly (readonly number[])[]): string[] {
  const columns = ['CLASS', 'PRECISION', 'RECALL', 'F1', 'EXAMPLES'].map((title, at) => ({ title, align: at === 0 ? ('left' as const) : ('right' as const) }));
  return table(out, columns, classScores(matrix).map((s, at) => [classNames[at] ?? String(at), percent(s.precision), percent(s.recall), percent(s.f1), count(s.support)]));
}
