import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import { rnn, type ModelRef } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { writeDocument } from '../output';
import { forecastChart, forecastTable } from '../plot/forecast';
import { forecastFromData, skillLine } from '../training/forecast-call';

async function forecast({ client, out, json }: Context, model: Input<ModelRef>, options: { data: string; steps?: number; back?: number }): Promise<void> {
  const version = await client.models.getVersion({ model });
  const dataset = await client.datasets.getDataset({ name: options.data });
  const { response, pictures } = await forecastFromData(client, model, version, dataset, options);
  if (json) return writeDocument(out, { ...(rnn.ForecastResponse.toJSON({ ...response, forecasts: [] }) as object), forecasts: pictures.map(({ title, times, forecast: values, truth }) => ({ target: title, times: times.map((time) => new Date(time).toISOString()), values, truth })) });
  for (const picture of pictures) {
    for (const line of [...forecastChart(out, picture), '', ...forecastTable(out, picture), '']) out.line(line);
  }
  if (response.skill) out.line(skillLine(response.skill));
  for (const warning of response.warnings) out.line(out.paint('yellow', warning));
  out.line(out.paint('dim', `answered by ${model.name} version ${response.modelVersion}`));
}

export function addForecastCommand(program: Command): void {
  program
    .command('forecast')
    .description('forecast what comes after a stored series, and draw it')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .requiredOption('--data <name>', 'the series')
    .option('--steps <n>', 'steps to forecast (default: all that the model was trained for)', number(1, 1024, true))
    .option('--back <rows>', 'forecast from so many rows before the end of the data, and show what really came', number(1, 1_000_000, true))
    .action(action(forecast));
}
