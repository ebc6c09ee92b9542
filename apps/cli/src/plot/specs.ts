import type { TopLevelSpec } from 'vega-lite';
import { percent } from '../output/format';
import type { Point, TrainingHistory } from '../training/history';
import { thin } from './terminal';

const FONT = 'DejaVu Sans';
const CONFIG = {
  font: FONT,
  background: 'white',
  view: { stroke: 'transparent' },
  axis: { labelFontSize: 12, titleFontSize: 13, gridColor: '#e6e6e6', domainColor: '#888', tickColor: '#888' },
  title: { fontSize: 15, anchor: 'start' as const },
  legend: { labelFontSize: 12, titleFontSize: 12 },
};
const SERIES = { domain: ['training', 'validation'], range: ['#2a6fbb', '#e07b39'] };

/** A unit of a chart: Vega-Lite's own type of it is too deep for the compiler to be of use. */
type Unit = Record<string, unknown>;

function metricPanel(history: TrainingHistory, name: string, title: string, format: string, scale: Unit): Unit {
  const positive = ([, value]: Point) => scale['type'] !== 'log' || value > 0; // A logarithm takes no zero.
  const training = thin(history.trainingCurve(name), 400).filter(positive).map(([epoch, value]) => ({ epoch, value, series: 'training' }));
  const validation = history.epochCurve(`validation/${name}`).filter(positive).map(([epoch, value]) => ({ epoch, value, series: 'validation' }));
  const x = { field: 'epoch', type: 'quantitative', title: 'epoch', axis: { tickMinStep: 1, format: 'd' }, scale: { nice: false } };
  // A logarithmic axis has a line for every digit: those between the powers of ten stay faint.
  const power = 'abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 1e-6';
  const gridColor = scale['type'] === 'log' ? { condition: { test: power, value: '#d8d8d8' }, value: '#f4f4f4' } : '#e6e6e6';
  const y = { field: 'value', type: 'quantitative', title: null, axis: { format, gridColor }, scale };
  const color = { field: 'series', type: 'nominal', scale: SERIES, legend: { title: null, orient: 'bottom' } };
  return {
    title,
    width: 420,
    height: 280,
    layer: [
      { data: { values: training }, mark: { type: 'line', strokeWidth: 1.6, opacity: 0.9 }, encoding: { x, y, color } },
      { data: { values: validation }, mark: { type: 'line', strokeWidth: 2, point: { size: 60, filled: true } }, encoding: { x, y, color } },
    ],
  };
}

function confusionPanel(classNames: readonly string[], matrix: readonly (readonly number[])[], title: string): Unit {
  const values = matrix.flatMap((row, actual) => {
    const total = row.reduce((sum, cell) => sum + cell, 0);
    return row.map((count, predicted) => ({ actual: classNames[actual], predicted: classNames[predicted], count, share: total > 0 ? count / total : 0, text: count > 0 ? String(count) : '' }));
  });
  const axis = { labelAngle: 0, ticks: false, domain: false, grid: false };
  const x = { field: 'predicted', type: 'nominal', sort: null, title: 'predicted class', axis };
  const y = { field: 'actual', type: 'nominal', sort: null, title: 'true class', axis };
  const cell = Math.max(16, Math.min(44, 700 / classNames.length));
  // Misses are rare and small: the fourth root makes one in a thousand visible beside the diagonal.
  const color = { field: 'share', type: 'quantitative', scale: { type: 'pow', exponent: 0.25, domain: [0, 1], range: ['#f7fafd', '#12508f'] }, legend: null };
  const layer: Unit[] = [{ mark: { type: 'rect', stroke: 'white' }, encoding: { x, y, color } }];
  if (classNames.length <= 30) {
    const ink = { condition: { test: 'datum.share > 0.05', value: 'white' }, value: '#12355b' };
    layer.push({ mark: { type: 'text', fontSize: 11 }, encoding: { x, y, text: { field: 'text', type: 'nominal' }, color: ink } });
  }
  return { title, width: { step: cell }, height: { step: cell }, data: { values }, layer };
}

export const whole = (body: Unit): TopLevelSpec => ({ $schema: 'https://vega.github.io/schema/vega-lite/v6.json', config: CONFIG, padding: 16, ...body }) as unknown as TopLevelSpec;

/** Loss and accuracy against the epoch, side by side. */
export function learningCurveSpec(history: TrainingHistory): TopLevelSpec {
  // A GAN's panels have lines of other names each.
  return whole({ hconcat: curvePanels(history), resolve: { scale: { color: isGan(history) ? 'independent' : 'shared' } } });
}

const isGan = (history: TrainingHistory): boolean => history.epochCurve('distance').length > 0;

/** Lines over the epochs, each with a name. */
function linesPanel(title: string, lines: { name: string; points: Point[] }[]): Unit {
  const values = lines.flatMap(({ name, points }) => thin(points, 400).map(([epoch, value]) => ({ epoch, value, series: name })));
  const x = { field: 'epoch', type: 'quantitative', title: 'epoch', axis: { tickMinStep: 1, format: 'd' }, scale: { nice: false } };
  const y = { field: 'value', type: 'quantitative', title: null, axis: { format: '~g' } };
  const color = { field: 'series', type: 'nominal', sort: null, scale: { domain: lines.map(({ name }) => name), range: SERIES.range }, legend: { title: null, orient: 'bottom' } };
  return { title, width: 420, height: 280, data: { values }, mark: { type: 'line', strokeWidth: 1.6, opacity: 0.9 }, encoding: { x, y, color } };
}

/** A GAN's losses, and how far what it generates is from real examples, with what real ones are apart. */
function ganPanels(history: TrainingHistory): Unit[] {
  const losses = ['discriminator', 'generator'].map((name) => ({ name, points: history.trainingCurve(`loss/${name}`) }));
  const distance = [{ name: 'generated', points: history.epochCurve('distance') }, { name: 'real', points: history.epochCurve('distance/floor') }];
  return [linesPanel('losses', losses), linesPanel('distance to real examples', distance)];
}

function curvePanels(history: TrainingHistory): Unit[] {
  if (isGan(history)) return ganPanels(history);
  const panels = [metricPanel(history, 'loss', 'loss (logarithmic)', '~g', { type: 'log' })];
  if (history.stepCurve('accuracy').length + history.epochCurve('validation/accuracy').length > 0) panels.push(metricPanel(history, 'accuracy', 'accuracy', '.0%', { zero: false }));
  return panels;
}

/** A confusion matrix as a heat map with counts. */
export function confusionMatrixSpec(classNames: readonly string[], matrix: readonly (readonly number[])[], part: string): TopLevelSpec {
  return whole(confusionPanel(classNames, matrix, confusionTitle(matrix, part)));
}

function confusionTitle(matrix: readonly (readonly number[])[], part: string): string {
  const total = matrix.flat().reduce((sum, cell) => sum + cell, 0);
  const hits = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
  return `confusion matrix, ${total.toLocaleString('en-US')} ${part} examples, accuracy ${percent(total > 0 ? hits / total : 0)}`;
}

/** Curves and confusion matrix in one picture. */
export function reportSpec(history: TrainingHistory, evaluation?: { classNames: readonly string[]; confusionMatrix: readonly (readonly number[])[]; part: string }): TopLevelSpec {
  const panels = curvePanels(history);
  if (evaluation) panels.push(confusionPanel(evaluation.classNames, evaluation.confusionMatrix, confusionTitle(evaluation.confusionMatrix, evaluation.part)));
  return whole({ hconcat: panels, resolve: { scale: { color: 'independent' } } });
}
