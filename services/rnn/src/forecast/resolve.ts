import { Frequency, Part, rnn, Schedule, type Dataset, type TimeAxis, type TrainingOptions } from '@quartet/contracts';
import { axisFromProto } from '@quartet/data';
import { resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { resolveNetwork } from '../network/resolve';
import { unusable } from '../training/refuse';
import { calendarSize } from './calendar';
import { rowsNeeded, stepsOf } from './plan';

/** What a forecaster trains with unless the request says otherwise. */
export const TRAINING: Partial<TrainingOptions> = { epochs: 40, batchSize: 32, learningRate: 0.002, schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 1 };
const NETWORK = { units: 32, bidirectional: false, dropout: 0.1, inputNoise: 0 };
const QUANTILES = [0.1, 0.5, 0.9];
const MAX_HORIZON = 1024;
const MAX_WINDOW = 4096;
const MAX_SEASON = 10_000;
const MAX_COLUMNS = 1000;

/** The request with every default filled in. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET */
export function resolveForecast(request: rnn.TrainForecastRequest, dataset: Dataset): rnn.TrainForecastRequest {
  const { schema } = dataset;
  if (schema?.kind !== 'series' || !schema.time) throw unusable(dataset.name, `holds a ${schema?.kind || 'data set without schema'}; a forecaster trains on a series: import a .csv as DATASET_FORMAT_SERIES`);
  const violations = new Violations();
  const given = request.spec ?? rnn.ForecastSpec.create();
  const count = (part: Part): number => Number(dataset.parts.find((each) => each.part === part)?.count ?? 0n);
  const spec = fillIn(given, schema.columns, schema.time, count(Part.PART_TRAIN));
  checkColumns(spec, schema.columns, violations);
  checkSpec(spec, violations);
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  checkRows(spec, count(Part.PART_TRAIN), dataset.name, violations);
  if (options.earlyStoppingPatience > 0 && count(Part.PART_VALIDATION) < spec.horizon) {
    violations.add('options.early_stopping_patience', `is ${options.earlyStoppingPatience}, but the validation part of '${dataset.name}' has ${count(Part.PART_VALIDATION)} rows, fewer than the horizon; set it to 0, or import the data with a larger validation_share`);
  }
  violations.throwIfAny();
  return { ...request, spec, options };
}

function fillIn(given: rnn.ForecastSpec, columns: readonly string[], time: TimeAxis, trainRows: number): rnn.ForecastSpec {
  const targets = given.targets.length > 0 ? given.targets : columns.slice(0, 1);
  const recursive = given.strategy === rnn.Strategy.STRATEGY_RECURSIVE;
  const others = columns.filter((name) => !targets.includes(name) && !given.known.includes(name));
  const season = given.season || usualSeason(time, trainRows);
  return {
    targets,
    // A recursive forecast would have to forecast them too.
    past: given.past ?? { names: recursive ? [] : others },
    known: given.known,
    horizon: given.horizon || Math.min(24, season > 1 ? season : 12),
    window: given.window || Math.min(64, Math.max(16, 2 * season)),
    strategy: given.strategy || rnn.Strategy.STRATEGY_DIRECT,
    differencing: given.differencing,
    season,
    calendar: given.calendar ?? calendarSize(axisFromProto(time)) > 0,
    quantiles: given.quantiles.length > 0 ? given.quantiles : QUANTILES,
    network: given.network,
    ensemble: given.ensemble || 3,
    scaling: given.scaling || rnn.Scaling.SCALING_STANDARD,
  };
}

/** Rows in the shortest usual cycle; 1 where there is none, or too few rows to learn it. */
function usualSeason({ frequency, every }: TimeAxis, trainRows: number): number {
  const inCycle: Partial<Record<Frequency, number>> = {
    [Frequency.FREQUENCY_MINUTE]: 24 * 60,
    [Frequency.FREQUENCY_HOUR]: 24,
    [Frequency.FREQUENCY_DAY]: every === 7 ? 364 : 7,
    [Frequency.FREQUENCY_BUSINESS_DAY]: 5,
    [Frequency.FREQUENCY_MONTH]: 12,
  };
  const season = (inCycle[frequency] ?? 1) / every;
  return Number.isInteger(season) && season > 1 && season * 4 <= trainRows ? season : 1;
}

function checkColumns(spec: rnn.ForecastSpec, columns: readonly string[], violations: Violations): void {
  const seen = new Set<string>();
  const groups = { targets: spec.targets, 'past.names': spec.past?.names ?? [], known: spec.known };
  for (const [field, names] of Object.entries(groups)) {
    names.forEach((name, index) => {
      const path = `spec.${field}[${index}]`;
      if (!columns.includes(name)) violations.add(path, `received "${name}", expected one of ${columns.join(', ')}`);
      else if (seen.has(name)) violations.add(path, `received "${name}" again; a column is a target, or of the past, or known ahead`);
      seen.add(name);
    });
  }
  if (seen.size > MAX_COLUMNS) violations.add('spec', `names ${seen.size} columns; it takes at most ${MAX_COLUMNS}`);
  if (spec.strategy === rnn.Strategy.STRATEGY_RECURSIVE && (spec.past?.names.length ?? 0) > 0) {
    violations.add('spec.past', 'is set, but a recursive forecast goes on from its own answers and knows no new rows of these; leave it out, name them as `known`, or use STRATEGY_DIRECT');
  }
}

function checkSpec(spec: rnn.ForecastSpec, violations: Violations): void {
  violations.integer('spec.horizon', spec.horizon, 1, MAX_HORIZON);
  violations.integer('spec.window', spec.window, 1, MAX_WINDOW);
  violations.integer('spec.season', spec.season, 1, MAX_SEASON);
  violations.integer('spec.ensemble', spec.ensemble, 1, 16);
  checkEnum('spec.strategy', spec.strategy, rnn.Strategy, violations);
  checkEnum('spec.differencing', spec.differencing, rnn.Differencing, violations);
  checkEnum('spec.scaling', spec.scaling, rnn.Scaling, violations);
  const { quantiles } = spec;
  const ascending = quantiles.every((value, i) => value > 0 && value < 1 && (i === 0 || value > quantiles[i - 1]!));
  if (!ascending || !quantiles.includes(0.5) || quantiles.length > 99) {
    violations.add('spec.quantiles', `received ${quantiles.join(', ')}; expected at most 99 numbers strictly between 0 and 1, ascending, 0.5 among them`);
  }
  const seasonal = spec.differencing === rnn.Differencing.DIFFERENCING_SEASONAL || spec.differencing === rnn.Differencing.DIFFERENCING_SEASONAL_FIRST;
  if (seasonal && spec.season === 1) violations.add('spec.differencing', `is ${rnn.Differencing[spec.differencing]}, but there is no season; set spec.season to its rows`);
  spec.network = resolveNetwork(spec.network, violations, 'spec.network', NETWORK);
}

function checkEnum(field: string, value: number, values: Record<string, string | number>, violations: Violations): void {
  if (typeof values[value] === 'string' && value >= 0) return;
  violations.add(field, `received ${value}, expected one of ${Object.keys(values).filter((name) => Number.isNaN(Number(name)) && name !== 'UNRECOGNIZED').join(', ')}`);
}

function checkRows(spec: rnn.ForecastSpec, trainRows: number, dataset: string, violations: Violations): void {
  const strategy = spec.strategy === rnn.Strategy.STRATEGY_RECURSIVE ? 'recursive' : 'direct';
  const needed = rowsNeeded(spec) + stepsOf({ strategy, horizon: spec.horizon });
  if (trainRows > needed) return;
  violations.add('spec.window', `and season and horizon take ${needed} rows for one example, but the training part of '${dataset}' has ${trainRows}; lower them, or send a longer series`);
}
