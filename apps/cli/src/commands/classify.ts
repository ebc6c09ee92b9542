import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { ModelRef, rnn } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { percent, writeDocument, writeTable } from '../output';
import { readLines } from './read-lines';

/** Texts a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 64;
/** Columns that a text takes in the table. */
const SHOWN = 60;

async function classify({ client, out, json }: Context, model: Input<ModelRef>, given: string[], options: { top: number; file?: string }): Promise<void> {
  const texts = readLines(given, options.file, 'texts');
  const results: rnn.Classification[] = [];
  let version = 0n;
  for (let at = 0; at < texts.length; at += BATCH) {
    const response = await client.rnn.classify({ model, texts: texts.slice(at, at + BATCH), topK: options.top });
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
  program
    .command('classify')
    .description('classify texts')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('[texts...]')
    .option('--file <file>', 'texts, one a line; -: from standard input')
    .option('--top <k>', 'so many classes a text', number(1, 1000, true), 1)
    .action(action(classify));
}
