// Forecasts: `node bench/rnn/forecast.mjs` (after `npm run build`). Trains forecasters by the service's own code, with its defaults, on built-in
// series, and forecasts from every row of the test part on (rolling origin). MASE of the model, of the naive and of the seasonal naive
// forecast: mean absolute error over that of the better one-step naive forecast in training.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { runMain, say } from './process.mjs';

const load = createRequire(import.meta.url);

const USAGE = `node bench/rnn/forecast.mjs [options]
  --only names      of: co2, weather, weather-tomorrow, sp500, superstore, superstore-season; default: all
  --seeds n,n       default 1,2,3
  --json file       also writes the numbers
`;
const CASES = {
  co2: { data: 'co2' },
  weather: { data: 'seattle-weather' },
  'weather-tomorrow': { data: 'seattle-weather', spec: { horizon: 1 } },
  sp500: { data: 'sp500', spec: { horizon: 1 }, options: { epochs: 8, batchSize: 64 } },
  superstore: { data: 'superstore', spec: { targets: ['Furniture', 'Office Supplies', 'Technology'], horizon: 4, ensemble: 3 } },
  'superstore-season': { data: 'superstore', spec: { targets: ['Furniture', 'Office Supplies', 'Technology'], horizon: 4, window: 8, season: 52 } },
};

/** A stored data set, as the registry would describe it, and its files. */
async function stored(name, folder) {
  const { fetchUri, ingest, schemaToProto, partToProto } = load('../../libs/data/dist');
  const { readSettings } = load('../../libs/contracts/dist');
  const { files, options } = await fetchUri(`builtin:${name}`, folder, { importRoot: '', cacheDir: readSettings().QUARTET_CACHE });
  const result = await ingest({ files }, options, join(folder, name));
  return {
    dataset: { name, digest: result.digest, schema: schemaToProto(result.schema), parts: result.parts.map(({ part, count }) => ({ part: partToProto(part), count: BigInt(count), classCounts: [] })), skippedFiles: [], source: '' },
    files: Object.fromEntries(result.parts.map(({ part, examplesFile, labelsFile }) => [part, { examples: examplesFile, labels: labelsFile }])),
  };
}

/** @returns The backtest of one training. */
async function forecast({ spec = {}, options = {} }, { dataset, files }, seed, folder) {
  const { rnn } = load('../../libs/contracts/dist');
  const { resolveForecast } = load('../../services/rnn/dist/forecast/resolve');
  const { prepareForecast } = load('../../services/rnn/dist/forecast/trainer');
  const request = rnn.TrainForecastRequest.fromPartial({ model: dataset.name, dataset: dataset.name, spec, options: { ...options, seed: BigInt(seed) } });
  const resolved = resolveForecast(request, dataset);
  const run = await prepareForecast({ spec: undefined, dataset, files, report: () => undefined }, resolved);
  const outcome = await run.train(new AbortController().signal);
  if (outcome.state !== 'finished') throw new Error(`${dataset.name}, seed ${seed}: ${outcome.state} ${outcome.reason ?? ''}`);
  const { metrics } = await run.writeArtifact(folder);
  run.dispose();
  return { metrics, spec: resolved.spec };
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string', default: Object.keys(CASES).join(',') }, seeds: { type: 'string', default: '1,2,3' }, json: { type: 'string' } } });
  const folder = mkdtempSync(join(tmpdir(), 'quartet-forecast-'));
  const results = {};
  try {
    for (const name of values.only.split(',')) {
      const data = await stored(CASES[name].data, folder);
      results[name] = [];
      for (const seed of values.seeds.split(',').map(Number)) {
        const { metrics, spec } = await forecast(CASES[name], data, seed, join(folder, `${name}-${seed}`));
        const of = (metric) => metrics[`backtest/${metric}`];
        // The naive forecasts' MASE, from the same means over the targets.
        const [naive, seasonal] = [of('mase') / of('relativeNaive'), of('mase') / of('relativeSeasonalNaive')];
        results[name].push({ seed, steps: spec.horizon, season: spec.season, origins: of('origins'), mase: of('mase'), naive, seasonal, error: of('relativeError'), coverage: of('coverage'), direction: of('directionAccuracy'), rising: of('risingShare'), mae: of('mae') });
        const { mase, error, coverage, direction, rising } = results[name].at(-1);
        say(`${name}, seed ${seed}: ${of('origins')} forecasts of ${spec.horizon} steps (season ${spec.season}): MASE ${mase.toFixed(3)}, naive ${naive.toFixed(3)}, seasonal naive ${seasonal.toFixed(3)}; error ${error.toFixed(3)}; coverage ${(coverage * 100).toFixed(1)} %; direction ${(direction * 100).toFixed(1)} % (always up ${(rising * 100).toFixed(1)} %)`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say(describeMachine());
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ results, machine: describeMachine() }, null, 1)}\n`);
}

await runMain(main, USAGE);
