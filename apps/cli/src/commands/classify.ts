import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { ModelRef, rnn } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { percent, writeDocument, writeTable } from '../output';
import { predict, type PredictOptions } from './predict';
import { isVideoFile, refuseVideoOptions, withVideoOptions } from './predict-videos';
import { readLines } from './read-lines';

/** Texts a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 64;
/** Columns that a text takes in the table. */
const SHOWN = 60;

/** Whether an argument is an image or a video: by its name, which a text of several words only is if there is such a file. */
const isPicture = (given: string): boolean => (isVideoFile(given) || /\.(png|jpe?g|npy)$/i.test(given)) && (!/\s/.test(given) || existsSync(given));

async function classify(context: Context, model: Input<ModelRef>, given: string[], options: PredictOptions & { file?: string }): Promise<void> {
  const { client, out, json } = context;
  if (given.length > 0 && options.file === undefined && given.every(isPicture)) return predict(context, model, given, options);
  refuseVideoOptions(options);
  const texts = readLines(given, options.file, 'texts');
  const results: rnn.Classification[] = [];
  let version = 0n;
  for (let at = 0; at < texts.length; at += BATCH) {
    const response = await client.rnn.classify({ model, texts: texts.slice(at, at + BATCH), topK: options.top ?? 1 });
    version = response.modelVersion;
    results.push(...response.results);
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results: results.map((result, index) => ({ text: texts[index], ...result })) });
  const columns = [{ title: 'TEXT' }, { title: 'CLASS' }, { title: 'PROBABILITY', align: 'right' as const }];
  const short = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);
  writeTable(out, columns, results.flatMap(({ classes }, index) => classes.map((score, rank) => [rank === 0 ? short(texts[index]!) : '', score.name, percent(score.probability)])));
  results.forEach(({ warning }, index) => warning && out.line(out.paint('yellow', `${short(texts[index]!)}: ${warning}`)));
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

export function addClassifyCommand(program: Command): void {
  const command = program
    .command('classify')
    .description('classify texts, or files: images (PNG, JPEG or .npy) and videos (MP4, WebM, ...)')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('[texts or files...]')
    .option('--file <file>', 'texts, one a line; -: from standard input')
    .option('--top <k>', 'so many classes each (default: 1)', number(1, 1000, true));
  withVideoOptions(command).action(action(classify));
}
