import { QuartetError, rnn } from '@quartet/contracts';
import { toIntegers, toTensors, type InferenceTensor } from '@quartet/service-kit';
import { forecast } from '../forecast/forecast';
import type { ForecastPlan } from '../forecast/plan';
import { exactly } from './exactly';
import type { OpenTask } from './open-inference';

/** Histories in, quantiles of the steps after them out, over the model's own horizon. */
export const forecasting: OpenTask<ForecastPlan> = {
  signature: ({ columns, known, calendar, horizon, targets, quantiles }) => ({
    inputs: [
      // Oldest row first.
      { name: 'histories', datatypes: ['FP32', 'FP64'], shape: [-1, -1, columns.length] },
      // Milliseconds since 1970 of the last row.
      { name: 'end', datatypes: ['INT64'], shape: [-1], optional: !calendar },
      ...(known > 0 ? [{ name: 'known', datatypes: ['FP32', 'FP64'] as const, shape: [-1, horizon, known] }] : []),
    ],
    outputs: [{ name: 'values', datatype: 'FP32', shape: [-1, horizon, targets, quantiles.length] }],
  }),
  async infer(runtime, version, { horizon, targets, quantiles }, { histories, end, known }, call) {
    const ends = end && timesOf(end);
    const aheads = known && toTensors(known);
    const rows = toTensors(histories!).map((values, row) => ({ values, end: ends?.[row], known: aheads?.[row] }));
    const { forecasts } = await forecast(runtime, rnn.ForecastRequest.fromPartial({ model: exactly(version), histories: rows }), call);
    const data = Buffer.concat(forecasts.map(({ values }) => values!.data));
    return { values: { datatype: 'FP32', shape: [forecasts.length, horizon, targets, quantiles.length], data } };
  },
};

/** Of a JavaScript date. */
const MOST_MS = 8_640_000_000_000_000n;

function timesOf(end: InferenceTensor): Date[] {
  return toIntegers(end).map((ms, row) => {
    if (ms > MOST_MS || ms < -MOST_MS) throw QuartetError.invalid(`end[${row}]`, `is ${ms}, expected milliseconds since 1970`);
    return new Date(Number(ms));
  });
}
