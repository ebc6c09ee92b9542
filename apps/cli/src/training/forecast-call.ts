import { type Input, type QuartetClient, tensorFromFloat32, tensorToFloat32 } from '@quartet/client';
import type { Dataset, ModelRef, rnn, Version } from '@quartet/contracts';
import type { ForecastPicture } from '../plot/forecast';
import { forecasterShape, lastRows, valuesOf } from './series-data';

/** Rows of history that a chart shows beside a forecast. */
const SHOWN_SEASONS = 3;

export interface Forecasted {
  response: rnn.ForecastResponse;
  /** One for each target. */
  pictures: ForecastPicture[];
}

/**
 * Has a model forecast what comes after a stored series, or after the row `back` rows before its end, in which case what really came is
 * known.
 */
export async function forecastFromData(client: QuartetClient, model: Input<ModelRef>, version: Version, dataset: Dataset, options: { steps?: number; back?: number; signal?: AbortSignal }): Promise<Forecasted> {
  const { signal, back = 0 } = options;
  const shape = forecasterShape(version);
  const { columns, known, horizon, rows } = shape;
  const steps = options.steps ?? horizon;
  const history = await lastRows(client, dataset, Math.max(rows, SHOWN_SEASONS * steps), back, signal);
  const later = back > 0 ? await lastRows(client, dataset, back, 0, signal) : undefined;
  const ahead = columns.slice(columns.length - known);
  const knownRows = Math.max(steps, horizon);
  const request: Input<rnn.ForecastRequest> = {
    model,
    horizon: steps,
    histories: [
      {
        values: tensorFromFloat32(valuesOf(history, columns), [history.values.length, columns.length]),
        end: new Date(history.times.at(-1) ?? 0),
        known: known > 0 && later ? tensorFromFloat32(valuesOf({ ...later, values: later.values.slice(0, knownRows) }, ahead), [Math.min(knownRows, later.values.length), known]) : undefined,
      },
    ],
  };
  const response = await client.rnn.forecast(request, { signal });
  const [forecast] = response.forecasts;
  const numbers = tensorToFloat32(forecast!.values!);
  const { quantiles, targets } = response;
  const at = (step: number, target: number, quantile: number): number => numbers[(step * targets.length + target) * quantiles.length + quantile]!;
  const pictures = targets.map((title, target): ForecastPicture => {
    const column = history.columns.indexOf(title);
    return {
      title,
      historyTimes: history.times.slice(-SHOWN_SEASONS * steps),
      history: history.values.slice(-SHOWN_SEASONS * steps).map((row) => row[column]!),
      times: forecast!.times.map((time) => time.getTime()),
      forecast: Array.from({ length: steps }, (_, step) => quantiles.map((_, quantile) => at(step, target, quantile))),
      quantiles,
      median: quantiles.indexOf(0.5),
      truth: later?.values.slice(0, steps).map((row) => row[column]!),
    };
  });
  return { response, pictures };
}

/** What a model's backtest says, in a line. */
export function skillLine(skill: rnn.Skill): string {
  const { relativeError, betterNaive, coverage, nominalCoverage, mase, origins, directionAccuracy, risingShare } = skill;
  const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return (
    `backtest of ${origins} forecasts: error ${relativeError.toFixed(3)} of the ${betterNaive} forecast's, MASE ${mase.toFixed(3)}; ` +
    `${share(coverage)} of the values within the range meant for ${share(nominalCoverage)}; direction right ${share(directionAccuracy)} (it rose ${share(risingShare)})`
  );
}
