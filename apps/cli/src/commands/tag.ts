import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { ModelRef, rnn } from '@quartet/contracts';
import { modelRef } from '../arguments';
import { action, type Context } from '../context';
import { writeDocument } from '../output';
import { readLines } from './read-lines';

/** Sentences a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 64;

async function tag({ client, out, json }: Context, model: Input<ModelRef>, given: string[], options: { file?: string }): Promise<void> {
  const sentences = readLines(given, options.file, 'sentences').map((line) => line.trim().split(/\s+/));
  const results: rnn.TaggedSentence[] = [];
  let version = 0n;
  for (let at = 0; at < sentences.length; at += BATCH) {
    const response = await client.rnn.tag({ model, sentences: sentences.slice(at, at + BATCH).map((tokens) => ({ tokens })) });
    version = response.modelVersion;
    results.push(...response.results);
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results: results.map((result, index) => ({ tokens: sentences[index], ...result })) });
  for (const [index, { tags }] of results.entries()) out.line(sentences[index]!.map((token, at) => `${token}${out.paint('dim', `/${tags[at]!.name}`)}`).join(' '));
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

export function addTagCommand(program: Command): void {
  program
    .command('tag')
    .description('tag the tokens of sentences, which blanks divide')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('[sentences...]')
    .option('--file <file>', 'sentences, one a line; -: from standard input')
    .action(action(tag));
}
