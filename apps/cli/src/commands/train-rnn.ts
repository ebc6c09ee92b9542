import { Option, type Command } from 'commander';
import { rnn } from '@quartet/contracts';
import type { Input } from '@quartet/client';
import { number } from '../arguments';
import { action, type Context } from '../context';
import { UsageError } from '../output';
import { gradientsOf, withGradientOptions, type GradientOptions } from './gradient-options';
import { textOf, withTextOptions, type TextOptions } from './text-options';
import { follow, toTrainingOptions, withTrainingOptions, type CommonOptions } from './train';
import { captionerSpec, translatorSpec, withPairOptions, type PairOptions } from './train-pairs';
import { isTranscribed, transcriberSpec, withSpeechOptions, type SpeechOptions } from './train-speech';

const CELLS = { gru: rnn.Cell.CELL_GRU, lstm: rnn.Cell.CELL_LSTM, simple: rnn.Cell.CELL_SIMPLE };
const DIFFERENCING = {
  none: rnn.Differencing.DIFFERENCING_NONE,
  first: rnn.Differencing.DIFFERENCING_FIRST,
  seasonal: rnn.Differencing.DIFFERENCING_SEASONAL,
  'seasonal-first': rnn.Differencing.DIFFERENCING_SEASONAL_FIRST,
};

interface RnnOptions extends CommonOptions, GradientOptions, TextOptions, PairOptions, SpeechOptions {
  cell?: keyof typeof CELLS;
  units?: number;
  layers?: number;
  bidirectional?: boolean;
  dropout?: number;
  inputNoise?: number;
  ensemble?: number;
  ordinal?: boolean;
  target?: string[];
  past?: string[];
  known?: string[];
  horizon?: number;
  window?: number;
  season?: number;
  recursive?: boolean;
  differencing?: keyof typeof DIFFERENCING;
  log?: boolean;
  calendar?: boolean;
  quantiles?: string[];
}

/** The network asked for; unset where nothing is, so that the task's own default applies. */
function networkOf(o: RnnOptions): Input<rnn.RecurrentSpec> | undefined {
  const { cell, units, layers, bidirectional, dropout, inputNoise } = o;
  const gradients = gradientsOf(o);
  const given = [cell, units, layers, bidirectional, dropout, inputNoise].some((value) => value !== undefined);
  return given || gradients ? { ...gradients, cell: cell && CELLS[cell], units, layers, bidirectional, dropout, inputNoise } : undefined;
}

function forecastSpec(o: RnnOptions): Input<rnn.ForecastSpec> {
  return {
    targets: o.target,
    past: o.past && { names: o.past },
    known: o.known,
    horizon: o.horizon,
    window: o.window,
    season: o.season,
    strategy: o.recursive ? rnn.Strategy.STRATEGY_RECURSIVE : undefined,
    differencing: o.differencing && DIFFERENCING[o.differencing],
    scaling: o.log ? rnn.Scaling.SCALING_LOG : undefined,
    calendar: o.calendar,
    quantiles: o.quantiles?.map(number(0, 1)),
    network: networkOf(o),
    ensemble: o.ensemble,
  };
}

async function trainRnn(context: Context, o: RnnOptions): Promise<void> {
  const { client } = context;
  const { schema } = await client.datasets.getDataset({ name: o.data });
  const request = { model: o.model, dataset: o.data, options: toTrainingOptions(o), idempotencyKey: o.key };
  switch (schema?.kind) {
    case 'series':
      return follow(context, await client.rnn.trainForecast({ ...request, spec: forecastSpec(o) }), o);
    case 'sequence':
    case 'text':
      return follow(context, await client.rnn.trainClassifier({ ...request, network: networkOf(o), ensemble: o.ensemble, text: textOf(o), ordinal: o.ordinal }), o);
    case 'tagged':
      return follow(context, await client.rnn.trainTagger({ ...request, network: networkOf(o), text: textOf(o) }), o);
    case 'recording':
      if (isTranscribed(schema, o)) return follow(context, await client.rnn.trainTranscriber({ ...request, network: networkOf(o), ...transcriberSpec(o) }), o);
      return follow(context, await client.rnn.trainClassifier({ ...request, network: networkOf(o), ensemble: o.ensemble }), o);
    case 'pairs':
      return follow(context, await client.rnn.trainTranslator({ ...request, network: networkOf(o), ...translatorSpec(textOf(o), o) }), o);
    case 'caption':
      return follow(context, await client.rnn.trainCaptioner({ ...request, network: networkOf(o), ...captionerSpec(textOf(o), o) }), o);
    default:
      throw new UsageError(`${o.data} holds ${schema?.kind ?? 'unknown'} data; a recurrent network trains on a series (\`quartet data upload NAME FILE.csv --format series\`), on sequences (.ts files), texts, tagged sentences, pairs of texts, recordings or images with captions`);
  }
}

export function addTrainRnn(train: Command): void {
  const command = train.command('rnn').description('train a recurrent network, for what the data set holds: a series to forecast it, sequences and texts to classify them, tagged sentences to tag, pairs of texts to translate, recordings to transcribe, images with captions to caption');
  const trained = { epochs: '40 for a series, 60 for sequences, 12 for texts, 8 for tagged sentences', batchSize: '32, for sequences 16', learningRate: '0.002 or 0.003' };
  withGradientOptions(withSpeechOptions(withPairOptions(withTextOptions(withTrainingOptions(command, { ...trained, schedule: 'warmup-cosine' })))))
    .addOption(new Option('--cell <name>', '(default: gru)').choices(Object.keys(CELLS)))
    .option('--units <n>', 'of each layer and direction (default: 32 for a series, else 64)', number(1, 1024, true))
    .option('--layers <n>', '(default: 1)', number(1, 8, true))
    .option('--bidirectional', 'read from the start and from the end (default for sequences, texts and tagged sentences)')
    .option('--no-bidirectional', 'read from the start only (default for a series)')
    .option('--dropout <share>', 'in training (default: 0.1 for a series, 0.25 for tagged sentences, else 0.5)', number(0, 0.95))
    .option('--input-noise <deviation>', 'noise that training adds to the scaled inputs (default: 0 for a series, 0.5 for sequences)', number(0, 10))
    .option('--ensemble <n>', 'networks whose answers are averaged (default: 3)', number(1, 16, true))
    .option('--ordinal', 'sequences and texts: the classes have an order, that of their names in the data set')
    .option('--target <columns...>', 'series: columns to forecast (default: the first)')
    .option('--past <columns...>', 'series: columns whose past helps (default: all others)')
    .option('--known <columns...>', 'series: columns that are known for the time to come as well')
    .option('--horizon <steps>', 'series: steps to forecast (default: a season)', number(1, 1024, true))
    .option('--window <rows>', 'series: rows that the network sees (default: two seasons)', number(1, 4096, true))
    .option('--season <rows>', 'series: rows in a season; 1: none (default: by the distance of the rows)', number(1, 10_000, true))
    .option('--recursive', 'series: one step at a time, each taken for history (default: all at once)')
    .addOption(new Option('--differencing <name>', 'series: the simple forecast to start from (default: the best on the training part)').choices(Object.keys(DIFFERENCING)))
    .option('--log', 'series: learn logarithms, for what grows by factors')
    .option('--no-calendar', 'series: leave the time of year, week and day out')
    .option('--quantiles <levels...>', 'series: default 0.1 0.5 0.9')
    .action(action(trainRnn));
}
