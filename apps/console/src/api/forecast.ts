import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import type { Skill } from '../generated/quartet/rnn/v1/forecast_pb';
import { api } from './clients';
import { lastRows, valuesOf } from './series';
import { float32Tensor, numbersOf } from './tensors';
import type { Picked } from '../parts/model-picker';

/** What the manifest of a forecaster tells. */
export interface ForecasterSettings {
  task: string;
  columns: string[];
  known: number;
  horizon: number;
  window: number;
  season: number;
}

export interface Forecasted {
  target: string;
  /** Seconds since 1970. */
  times: number[];
  history: number[];
  aheadTimes: number[];
  /** By quantile. */
  ahead: Map<number, number[]>;
  /** What really came, where it is known. */
  truth: number[];
  skill: Skill | undefined;
  warnings: string[];
}

const SHOWN_HORIZONS = 4;

/** Forecasts what comes after a stored series, or after the row `back` rows before its end. */
export async function forecast({ ref }: Picked, settings: ForecasterSettings, dataset: Dataset, back: number, signal?: AbortSignal): Promise<Forecasted> {
  const { columns, known, horizon, window, season } = settings;
  const rows = await lastRows(dataset, Math.max(window + Math.max(1, season), SHOWN_HORIZONS * horizon), back, signal);
  const later = back > 0 ? await lastRows(dataset, back, 0, signal) : undefined;
  const ahead = columns.slice(columns.length - known);
  const knownRows = later && { ...later, values: later.values.slice(0, horizon) };
  const response = await api.rnn.forecast(
    {
      model: ref,
      histories: [
        {
          values: float32Tensor([rows.values.length, columns.length], valuesOf(rows, columns)),
          end: timestampFromMs(rows.times.at(-1) ?? 0),
          known: known > 0 && knownRows ? float32Tensor([knownRows.values.length, known], valuesOf(knownRows, ahead)) : undefined,
        },
      ],
    },
    { signal },
  );
  const [answer] = response.forecasts;
  const numbers = answer?.values ? numbersOf(answer.values) : [];
  const { quantiles, targets, skill, warnings } = response;
  const width = targets.length * quantiles.length;
  const [target = ''] = targets;
  const column = rows.columns.indexOf(target);
  return {
    target,
    times: rows.times.map((ms) => ms / 1000),
    history: rows.values.map((row) => row[column] ?? NaN),
    aheadTimes: (answer?.times ?? []).map(({ seconds }) => Number(seconds)),
    ahead: new Map(quantiles.map((quantile, at) => [quantile, Array.from({ length: numbers.length / width }, (_, step) => numbers[step * width + at] ?? NaN)])),
    truth: (later?.values ?? []).slice(0, horizon).map((row) => row[column] ?? NaN),
    skill,
    warnings,
  };
}
