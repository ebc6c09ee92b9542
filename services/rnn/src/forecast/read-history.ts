import { QuartetError, type rnn } from '@quartet/contracts';
import { readMatrix } from '../inputs/matrix';
import type { Situation } from './features';
import { rowsNeeded, type ForecastPlan } from './plan';
import { logarithms, type Series } from './series';

/** Rows of one history; only the last `rowsNeeded` matter. */
const MAX_ROWS = 100_000;

export interface ReadHistory {
  situation: Situation;
  interpolated: number;
  warnings: string[];
}

/**
 * A request's history as the model takes it.
 * @param path In the request: `histories[0]`.
 * @throws QuartetError as readMatrix; INVALID_FIELD for what the model needs besides
 */
export function readHistory(history: rnn.History, path: string, plan: ForecastPlan, horizon: number, missing: 'refuse' | 'interpolate'): ReadHistory {
  const { columns, targets, past, known: ahead } = plan;
  const given = readMatrix(history.values, { field: `${path}.values`, columns: columns.length, columnNames: columns.join(', '), minRows: rowsNeeded(plan), maxRows: MAX_ROWS, missing });
  const series: Series = { values: given.values, columns: columns.length, end: history.end?.getTime() };
  if (plan.calendar && series.end === undefined) throw QuartetError.invalid(`${path}.end`, 'is not set, but this model sees the calendar; send the time of the last row');
  // A direct network looks at its whole horizon, however much of it is wanted.
  const known = readKnown(history, `${path}.known`, columns.slice(targets + past), plan.strategy === 'direct' ? plan.horizon : horizon);
  const warnings: string[] = [];
  for (let target = 0; target < targets; target++) {
    const own = series.values.filter((_, i) => i % columns.length === target);
    const bad = plan.log ? own.findIndex((value) => value <= 0) : -1;
    if (bad >= 0) throw QuartetError.invalid(`${path}.values`, `received ${own[bad]} in row ${bad} of ${columns[target]}, expected numbers above 0: this model takes their logarithms`);
    if (own.every((value) => value === own[0])) warnings.push(`${path}: ${columns[target]} is ${own[0]} in every row; nothing like it was trained on.`);
  }
  if (given.interpolated > 0) warnings.push(`${path}: ${given.interpolated} missing values were interpolated.`);
  const situation = { series: plan.log ? logarithms(series, targets) : series, at: given.rows - 1, time: series.end, known: ahead > 0 ? known : [] };
  return { situation, interpolated: given.interpolated, warnings };
}

function readKnown({ known }: rnn.History, field: string, names: readonly string[], horizon: number): Float64Array {
  if (names.length === 0) {
    if (known) throw QuartetError.invalid(field, 'is set, but this model has no columns that are known ahead; leave it out');
    return new Float64Array(0);
  }
  return readMatrix(known, { field, columns: names.length, columnNames: names.join(', '), minRows: horizon, maxRows: horizon, missing: 'refuse' }).values;
}
