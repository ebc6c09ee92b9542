import { connect } from '@quartet/client';
import { describeDataset } from '../commands/data';
import { AdviceError } from '../output';
import { forecastChart, forecastTable } from '../plot/forecast';
import { forecastFromData, skillLine } from '../training/forecast-call';
import { heading, importBuiltin, promoteTrained, showMemory, type DemoRun } from './demo';

const MODEL = 'air';
/** Months that are forecast though it is known what came. */
const BACK = 12;

/** A real series, a forecaster, its backtest against the naive forecasts, and a forecast, drawn. */
export async function runForecastDemo(run: DemoRun): Promise<void> {
  const { out, small, signal } = run;
  const client = connect({ address: run.address });
  try {
    heading(out, 'Loading CO2 in the air at Mauna Loa through the gateway');
    const dataset = await importBuiltin(run, client, { name: 'co2', uri: 'builtin:co2' });
    describeDataset(out, dataset);

    heading(out, 'Training recurrent networks to forecast twelve months');
    const options = { epochs: small ? 8 : undefined, seed: 7 };
    const queued = await client.rnn.trainForecast({ model: MODEL, dataset: dataset.name, spec: { ensemble: small ? 1 : undefined }, options }, { signal });
    const { version: number } = await promoteTrained(run, client, queued);
    const version = await client.models.getVersion({ model: { name: MODEL, target: { $case: 'version', value: number } } }, { signal });

    heading(out, 'The last twelve months, as they would have been forecast, and as they came');
    const { response, pictures } = await forecastFromData(client, { name: MODEL }, version, dataset, { back: BACK, signal });
    for (const picture of pictures) for (const line of [...forecastChart(out, picture), '', ...forecastTable(out, picture)]) out.line(line);

    heading(out, 'Result');
    if (!response.skill) throw new Error('the version has no backtest');
    out.line(skillLine(response.skill));
    for (const warning of response.warnings) out.line(out.paint('yellow', warning));
    showMemory(out, run.memory);
    if (response.skill.naiveIsBetter) throw new AdviceError('the naive forecast was better than the model', 'the training log is in the logs folder of the demo');
  } finally {
    client.close();
  }
}
