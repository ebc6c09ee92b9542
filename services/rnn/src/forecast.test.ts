import { tensorFromFloat32, tensorToFloat32, shapeOf } from '@quartet/client';
import { DatasetFormat, JobState, MissingPolicy, Part, rnn, type Dataset, type Version } from '@quartet/contracts';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';

const MONTH = 30 * 86_400_000;

/** A series of months as CSV. */
const months = (values: readonly (number | string)[]): string =>
  ['month,value', ...values.map((value, i) => `${1990 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}-01,${value}`)].join('\n');

describe('forecasting', () => {
  let platform: Platform;
  let co2: Dataset;
  let version: Version;
  let known: { values: Float32Array; end: Date; truth: Float32Array };

  beforeAll(async () => {
    platform = await Platform.start();
    co2 = await platform.import('co2', 'builtin:co2');
    const job = await platform.client.rnn.trainForecast({ model: 'air', dataset: 'co2', spec: { ensemble: 1, network: { units: 16 } }, options: { epochs: 12, batchSize: 64, seed: 3, learningRate: 0.005 } });
    version = await platform.version(job);
    await platform.client.models.promoteVersion({ model: 'air', version: version.version });
    const { examples, labels } = await platform.client.datasets.readExamples({ name: 'co2', part: Part.PART_TEST, offset: 0, count: 120 });
    const values = tensorToFloat32(examples!);
    const label = new DataView(labels!.data.buffer, labels!.data.byteOffset).getInt32(59 * 4, true);
    const end = new Date(Number(co2.schema!.time!.originMs) + label * Number(co2.schema!.time!.unitMs));
    known = { values: values.slice(0, 60), end, truth: values.slice(60, 72) };
  });
  afterAll(() => platform?.stop());

  const forecast = (history: Partial<rnn.History>, more: Partial<rnn.ForecastRequest> = {}) =>
    platform.client.rnn.forecast({ model: { name: 'air' }, histories: [{ values: tensorFromFloat32(known.values, [60, 1]), end: known.end, ...history }], ...more });

  it('reads a series: rows in order of time, five missing months interpolated and said', () => {
    expect(co2.schema).toMatchObject({ kind: 'series', columns: ['CO2'], time: { column: 'Date', frequency: 6, every: 1, interpolated: 5 } });
    expect(co2.parts.map(({ count }) => Number(count))).toEqual([563, 63, 120]);
  });

  it('publishes a backtest that is better than both naive forecasts, by the numbers that plain arithmetic gives for those', () => {
    const { metrics } = version;
    expect(metrics['backtest/origins']).toBe(109);
    // numpy, over the same 109 origins of 12 months: mean |y[t+h] - y[t]| and mean |y[t+h] - y[t+h-12]|.
    expect(metrics['backtest/naiveMae']).toBeCloseTo(2.9058, 3);
    expect(metrics['backtest/seasonalNaiveMae']).toBeCloseTo(2.3985, 3);
    expect(metrics['backtest/relativeError']).toBeLessThan(0.5);
    expect(metrics['backtest/coverage']).toBeGreaterThan(0.5);
  });

  it('forecasts through the gateway: times, ascending quantiles, and close to what came', async () => {
    const answer = await forecast({});
    expect(answer).toMatchObject({ targets: ['CO2'], quantiles: [0.1, 0.5, 0.9], warnings: [], modelVersion: 1n, skill: { naiveIsBetter: false, betterNaive: 'seasonal naive', origins: 109 } });
    const [one] = answer.forecasts;
    expect(shapeOf(one!.values!)).toEqual([12, 1, 3]);
    expect(one!.times).toHaveLength(12);
    expect(one!.times[0]!.getUTCMonth()).toBe((known.end.getUTCMonth() + 1) % 12);
    expect(one!.times[0]!.getUTCDate()).toBe(1);
    const values = tensorToFloat32(one!.values!);
    known.truth.forEach((truth, step) => {
      const [low, median, high] = values.subarray(step * 3, step * 3 + 3) as unknown as [number, number, number];
      expect(low).toBeLessThanOrEqual(median);
      expect(median).toBeLessThanOrEqual(high);
      expect(Math.abs(median - truth)).toBeLessThan(2.5);
    });
    expect(shapeOf((await forecast({}, { horizon: 3 })).forecasts[0]!.values!)).toEqual([3, 1, 3]);
  });

  it('answers several histories in one call as it answers them one by one', async () => {
    const other = tensorFromFloat32(known.values.slice(0, 50), [50, 1]);
    const earlier = new Date(known.end.getTime() - 10 * MONTH);
    const both = await platform.client.rnn.forecast({ model: { name: 'air' }, histories: [{ values: tensorFromFloat32(known.values, [60, 1]), end: known.end }, { values: other, end: earlier }] });
    const second = await forecast({ values: other, end: earlier });
    const numbers = (response: rnn.ForecastResponse, at: number) => [...tensorToFloat32(response.forecasts[at]!.values!)];
    numbers(both, 1).forEach((value, i) => expect(value).toBeCloseTo(numbers(second, 0)[i]!, 3));
  });

  it('refuses what it cannot forecast from, naming the field, what was received and what to do', async () => {
    const tensor = (values: number[], shape = [values.length, 1]) => tensorFromFloat32(Float32Array.from(values), shape) as never;
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => forecast({ values: tensor([], [0, 1]) }), 'SHAPE_MISMATCH', /histories\[0\]\.values\.shape.*received an empty series, expected at least 36/],
      [() => forecast({ values: tensor([400]) }), 'SHAPE_MISMATCH', /received 1 row, expected at least 36; send more of the series/],
      [() => forecast({ values: tensor(new Array<number>(100_001).fill(1)) }), 'SHAPE_MISMATCH', /received 100001 rows, expected at most 100000/],
      [() => forecast({ values: tensor([...known.values.slice(0, 59), NaN]) }), 'NOT_FINITE', /received NaN in row 59, column 0.*set `missing` to INTERPOLATE/],
      [() => forecast({ values: tensor([...known.values.slice(0, 59), Infinity]) }, { missing: MissingPolicy.MISSING_POLICY_INTERPOLATE }), 'NOT_FINITE', /received Infinity.*correct it/],
      [() => forecast({ values: tensor([...known.values], [30, 2]) }), 'SHAPE_MISMATCH', /received \[30, 2\], expected \[rows, 1\]: CO2/],
      [() => forecast({ end: undefined }), 'INVALID_FIELD', /histories\[0\]\.end.*this model sees the calendar/],
      [() => forecast({}, { horizon: 13 }), 'INVALID_FIELD', /horizon.*is 13; this model answers at most 12 steps/],
      [() => forecast({ known: tensor([1]) }), 'INVALID_FIELD', /known.*no columns that are known ahead/],
      [() => platform.client.rnn.forecast({ model: { name: 'air' } }), 'EMPTY_BATCH', /histories.*received none, expected 1 to 16/],
      [() => platform.client.rnn.forecast({ model: { name: 'nobody' }, histories: [{}] }), 'MODEL_NOT_FOUND', /nobody/],
      [() => platform.client.rnn.classify({ model: { name: 'air' }, sequences: [tensor([1])] }), 'WRONG_STATE', /forecasts series; call Forecast/],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect(error.reason).toBe(reason);
      expect(error.message).toMatch(text);
    }
  });

  it('interpolates where it is asked to, and says so; says so of a constant history too', async () => {
    const values = known.values.slice();
    values[20] = NaN;
    values[21] = NaN;
    const filled = await forecast({ values: tensorFromFloat32(values, [60, 1]) }, { missing: MissingPolicy.MISSING_POLICY_INTERPOLATE });
    expect(filled).toMatchObject({ warnings: ['histories[0]: 2 missing values were interpolated.'], forecasts: [{ interpolated: 2 }] });
    const constant = await forecast({ values: tensorFromFloat32(new Float32Array(60).fill(400), [60, 1]) });
    expect(constant.warnings).toEqual(['histories[0]: CO2 is 400 in every row; nothing like it was trained on.']);
    expect([...tensorToFloat32(constant.forecasts[0]!.values!)].every(Number.isFinite)).toBe(true);
  });

  it('says honestly when a naive forecast is better, and when nothing is known', async () => {
    // Steps of a random walk: nothing beats the last value.
    let value = 100;
    let state = 7;
    const walk = Array.from({ length: 260 }, () => (value += ((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648 - 0.5) * 4).toFixed(3));
    await platform.upload('walk', 'walk.csv', months(walk), { format: DatasetFormat.DATASET_FORMAT_SERIES });
    const spec = { ensemble: 1, horizon: 4, calendar: false, season: 1, differencing: rnn.Differencing.DIFFERENCING_NONE };
    const trained = await platform.version(await platform.client.rnn.trainForecast({ model: 'walk', dataset: 'walk', spec, options: { epochs: 1, seed: 1 } }));
    const answer = await platform.client.rnn.forecast({ model: { name: 'walk', target: { $case: 'version', value: trained.version } }, histories: [{ values: tensorFromFloat32(Float32Array.from(walk, Number).slice(0, 60), [60]) }] });
    expect(answer.skill!.naiveIsBetter).toBe(true);
    expect(answer.warnings).toEqual([expect.stringMatching(/^The naive forecast is better here: in the backtest of \d+ forecasts the model's mean absolute error was [\d.]+ times as large\. Use that one\.$/)]);
    expect(answer.forecasts[0]!.times).toEqual([]);

    await platform.upload('short', 'short.csv', months(walk.slice(0, 80)), { format: DatasetFormat.DATASET_FORMAT_SERIES, testShare: 0 });
    const untested = await platform.version(await platform.client.rnn.trainForecast({ model: 'short', dataset: 'short', spec, options: { epochs: 1 } }));
    const blind = await platform.client.rnn.forecast({ model: { name: 'short', target: { $case: 'version', value: untested.version } }, histories: [{ values: tensorFromFloat32(Float32Array.from(walk, Number).slice(0, 60), [60, 1]) }] });
    expect(blind.skill).toBeUndefined();
    expect(blind.warnings).toEqual([expect.stringContaining('has no backtest')]);
  });

  it('forecasts recursively beyond its horizon, with a known column, two targets and logarithms', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `2020-01-01T${'00'}:00:00Z`.replace('2020-01-01', new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10)) + `,${(20 + 5 * Math.sin(i / 5)).toFixed(3)},${(50 + (i % 7 > 4 ? 20 : 0)).toFixed(1)},${i % 7 > 4 ? 1 : 0}`);
    await platform.upload('shop', 'shop.csv', ['day,wave,sales,weekend', ...rows].join('\n'), { format: DatasetFormat.DATASET_FORMAT_SERIES });
    const spec = { targets: ['wave', 'sales'], known: ['weekend'], strategy: rnn.Strategy.STRATEGY_RECURSIVE, scaling: rnn.Scaling.SCALING_LOG, ensemble: 1, horizon: 5, calendar: false, differencing: rnn.Differencing.DIFFERENCING_FIRST };
    const trained = await platform.version(await platform.client.rnn.trainForecast({ model: 'shop', dataset: 'shop', spec, options: { epochs: 25, seed: 2, learningRate: 0.01 } }));
    const history = Float32Array.from(rows.slice(0, 60).flatMap((row) => row.split(',').slice(1).map(Number)));
    const ahead = Float32Array.from({ length: 9 }, (_, i) => ((60 + i) % 7 > 4 ? 1 : 0));
    const model = { name: 'shop', target: { $case: 'version' as const, value: trained.version } };
    const answer = await platform.client.rnn.forecast({ model, horizon: 9, histories: [{ values: tensorFromFloat32(history, [60, 3]), known: tensorFromFloat32(ahead, [9, 1]) }] });
    expect(shapeOf(answer.forecasts[0]!.values!)).toEqual([9, 2, 3]);
    const values = tensorToFloat32(answer.forecasts[0]!.values!);
    const sales = Array.from({ length: 9 }, (_, step) => values[step * 6 + 4]!);
    // What tells the weekend is known ahead: days of it sell more.
    const mean = (wanted: number) => sales.filter((_, i) => ahead[i] === wanted).reduce((a, b, _, all) => a + b / all.length, 0);
    expect(mean(1)).toBeGreaterThan(mean(0) + 8);
    const short = await failure(platform.client.rnn.forecast({ model, horizon: 9, histories: [{ values: tensorFromFloat32(history, [60, 3]), known: tensorFromFloat32(ahead.slice(0, 3), [3, 1]) }] }));
    expect(short.message).toMatch(/histories\[0\]\.known\.shape.*received 3 rows, expected exactly 9/);
    const negative = history.slice();
    negative[0] = -1;
    expect((await failure(platform.client.rnn.forecast({ model, histories: [{ values: tensorFromFloat32(negative, [60, 3]), known: tensorFromFloat32(ahead.slice(0, 5), [5, 1]) }] }))).message).toMatch(/received -1 in row 0 of wave, expected numbers above 0/);
  });

  it('forecasts the sales of three categories by the week, better than last week does', async () => {
    const sales = await platform.import('superstore', 'builtin:superstore');
    expect(sales.parts.map(({ count }) => Number(count))).toEqual([139, 16, 52]);
    const { columns } = sales.schema!;
    const { metrics } = await platform.version(
      await platform.client.rnn.trainForecast({ model: 'sales', dataset: 'superstore', spec: { targets: columns, horizon: 4, ensemble: 1, network: { units: 8 } }, options: { epochs: 6, batchSize: 32, seed: 1 } }),
    );
    expect(metrics['backtest/origins']).toBe(49);
    // Plain arithmetic over the same 49 origins of 4 weeks, of furniture: mean |y[t+h] - y[t]|.
    expect(metrics['backtest/naiveMae']).toBeCloseTo(2249.54, 1);
    expect(metrics['backtest/relativeNaive']).toBeLessThan(1);
  });

  it('refuses trainings that cannot be, all that is wrong at once', async () => {
    const train = (spec: Partial<rnn.ForecastSpec>, dataset = 'co2') => failure(platform.client.rnn.trainForecast({ model: 'm', dataset, spec: spec }));
    const many = await train({ targets: ['O2'], horizon: 2000, quantiles: [0.9, 0.1], strategy: 9 as never, network: { units: 5000 } as never });
    expect(many.violations.map(({ field }) => field).sort()).toEqual(['spec.horizon', 'spec.network.units', 'spec.quantiles', 'spec.strategy', 'spec.targets[0]']);
    expect((await train({ window: 600 })).message).toMatch(/take 624 rows for one example, but the training part of 'co2' has 563/);
    expect((await train({ known: ['CO2'] })).message).toMatch(/received "CO2" again/);
    expect((await train({ season: 1, differencing: rnn.Differencing.DIFFERENCING_SEASONAL })).message).toMatch(/there is no season/);
    expect((await train({ strategy: rnn.Strategy.STRATEGY_RECURSIVE, past: { names: ['CO2'] }, targets: ['CO2'] })).message).toMatch(/knows no new rows/);
    expect(await train({}, 'nothing')).toMatchObject({ reason: 'DATASET_NOT_FOUND' });
    await platform.upload('flat', 'flat.csv', months(new Array<number>(200).fill(5)), { format: DatasetFormat.DATASET_FORMAT_SERIES });
    const { job } = await platform.end(await platform.client.rnn.trainForecast({ model: 'flat', dataset: 'flat' }));
    expect(JobState[job.state]).toBe('JOB_STATE_FAILED');
    expect(job.error).toMatch(/has "value", which is 5 in every row of the training part; there is nothing to learn, and the naive forecast is exact/);
  });

  it.each<[string, string, RegExp]>([
    ['a gap', months([1, 2, 3, 4, 5, 6]).replace(/1990-04-01,4\n/, ''), /no row of 1990-04-01, between others; expected a row for each step \(1 month\)\. Add the rows, or set missing to INTERPOLATE/],
    ['a missing value', months([1, 2, '', 4]), /line 4, column "value": a missing value.*set missing to INTERPOLATE/],
    ['one row', months([1]), /a series of 1 row; expected at least 3/],
    ['no rows', 'month,value\n', /a header line but no row/],
    ['no times', 'a,value\n1,2\n3,4\n', /no column of times/],
    ['a time twice', `${months([1, 2, 3])}\n1990-02-01,9`, /line 5: a second row of 1990-02-01/],
    ['no rhythm', 'day,value\n2020-01-01,1\n2020-01-03,2\n2020-02-11,3\n2020-02-12,4\n2020-05-01,4\n', /uneven distances in time/],
    ['text among numbers', months([1, 2, 'many', 4]), /line 4, column "value": "many"/],
  ])('refuses a series with %s', async (_, text, message) => {
    expect((await failure(platform.upload('bad', 'bad.csv', text, { format: DatasetFormat.DATASET_FORMAT_SERIES }))).message).toMatch(message);
  });

  it('answers the Open Inference Protocol with the numbers of the typed call', async () => {
    const open = platform.client.inference;
    expect((await open.modelMetadata({ name: 'air' })).inputs).toEqual([
      { name: 'histories', datatype: 'FP32', shape: [-1n, -1n, 1n] },
      { name: 'end', datatype: 'INT64', shape: [-1n] },
    ]);
    const { forecasts, quantiles } = await forecast({});
    const values = Buffer.from(known.values.buffer, known.values.byteOffset, known.values.byteLength);
    const inputs = [{ name: 'histories', datatype: 'FP32', shape: [1, 60, 1] }, { name: 'end', datatype: 'INT64', shape: [1] }];
    const end = Buffer.from(BigInt64Array.of(BigInt(known.end.getTime())).buffer);
    const answer = await open.modelInfer({ modelName: 'air', inputs, rawInputContents: [values, end] });
    expect(answer.outputs).toMatchObject([{ name: 'values', datatype: 'FP32', shape: [1n, 12n, 1n, BigInt(quantiles.length)] }]);
    expect(answer.rawOutputContents[0]!.equals(forecasts[0]!.values!.data)).toBe(true);
    // The model sees the calendar.
    expect(await failure(open.modelInfer({ modelName: 'air', inputs: inputs.slice(0, 1), rawInputContents: [values] }))).toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining("inputs: lack 'end', INT64 [-1]") });
    expect(await failure(open.modelInfer({ modelName: 'air', inputs: [{ ...inputs[0], shape: [1, 5, 1] }, inputs[1]!], rawInputContents: [values.subarray(0, 20), end] }))).toMatchObject({ reason: 'SHAPE_MISMATCH', message: expect.stringContaining('inputs[0][0].values.shape: received 5 rows, expected at least') });
  });
});
