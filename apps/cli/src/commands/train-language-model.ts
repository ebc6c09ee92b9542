import { Option, type Command } from 'commander';
import { rnn } from '@quartet/contracts';
import { number } from '../arguments';
import { action, type Context } from '../context';
import { gradientsOf, withGradientOptions, type GradientOptions } from './gradient-options';
import { textOf, withTextOptions, type TextOptions } from './text-options';
import { follow, toTrainingOptions, withTrainingOptions, type CommonOptions } from './train';

const CELLS = { gru: rnn.Cell.CELL_GRU, lstm: rnn.Cell.CELL_LSTM, simple: rnn.Cell.CELL_SIMPLE };

interface LanguageModelOptions extends CommonOptions, TextOptions, GradientOptions {
  cell?: keyof typeof CELLS;
  units?: number;
  layers?: number;
  dropout?: number;
  window?: number;
}

async function trainLanguageModel(context: Context, o: LanguageModelOptions): Promise<void> {
  const { cell, units, layers, dropout, window } = o;
  const network = { ...gradientsOf(o), cell: cell && CELLS[cell], units, layers, dropout };
  const request = { model: o.model, dataset: o.data, network, text: textOf(o), window, options: toTrainingOptions(o), idempotencyKey: o.key };
  return follow(context, await context.client.rnn.trainLanguageModel(request), o);
}

export function addTrainLanguageModel(train: Command): void {
  const command = train.command('language-model').description('train a recurrent network on texts, to generate text');
  withGradientOptions(withTextOptions(withTrainingOptions(command, { epochs: '10', batchSize: '32', learningRate: '0.003', schedule: 'warmup-cosine' })))
    .addOption(new Option('--cell <name>', '(default: lstm)').choices(Object.keys(CELLS)))
    .option('--units <n>', 'of each layer (default: 256)', number(1, 1024, true))
    .option('--layers <n>', '(default: 1)', number(1, 8, true))
    .option('--dropout <share>', 'in training (default: 0.2)', number(0, 0.95))
    .option('--window <tokens>', 'cut the gradient off after so many tokens; the state goes on (default: 64)', number(2, 1024, true))
    .action(action(trainLanguageModel));
}
