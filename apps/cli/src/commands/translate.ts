import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { ModelRef, rnn } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { UsageError, writeDocument } from '../output';
import { readLines } from './read-lines';

/** Texts a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 16;

interface TranslateOptions {
  file?: string;
  beam?: number;
  lengthPenalty?: number;
  maxTokens?: number;
  alternatives?: number;
  attention?: string;
}

async function translate({ client, out, json }: Context, model: Input<ModelRef>, given: string[], o: TranslateOptions): Promise<void> {
  const texts = readLines(given, o.file, 'texts');
  if (o.attention && texts.length > 1) throw new UsageError(`--attention draws one text, received ${texts.length}; give one at a time`);
  const results: rnn.Translation[] = [];
  let version = 0n;
  for (let at = 0; at < texts.length; at += BATCH) {
    const request = { model, texts: texts.slice(at, at + BATCH), beamWidth: o.beam, lengthPenalty: o.lengthPenalty, maxTokens: o.maxTokens, alternatives: o.alternatives, attentionPng: o.attention !== undefined };
    const response = await client.rnn.translate(request);
    version = response.modelVersion;
    results.push(...response.results);
  }
  if (o.attention) writeFileSync(o.attention, results[0]!.attentionPng);
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results: results.map(({ hypotheses, warnings }, index) => ({ source: texts[index], hypotheses, warnings })) });
  for (const { hypotheses, warnings } of results) {
    for (const { text, score } of hypotheses) out.line(hypotheses.length > 1 ? `${score.toFixed(3).padStart(8)}  ${text}` : text);
    for (const warning of warnings) out.line(out.paint('yellow', warning));
  }
  if (o.attention) out.line(`attention drawn to ${o.attention}`);
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

export function addTranslateCommand(program: Command): void {
  program
    .command('translate')
    .description('translate texts by a model that was trained on pairs')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('[texts...]')
    .option('--file <file>', 'texts, one a line; -: from standard input')
    .option('--beam <n>', 'width of the beam; 1: greedy (default: 4)', number(1, 32, true))
    .option('--length-penalty <alpha>', 'the higher, the longer (default: 0.6)', number(0, 4))
    .option('--max-tokens <n>', 'of a translation (default: as many as the model gives)', number(1, 4096, true))
    .option('--alternatives <n>', 'translations of each text (default: 1)', number(1, 32, true))
    .option('--attention <file.png>', 'draw what each token of the best translation looked at')
    .action(action(translate));
}
