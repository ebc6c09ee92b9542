import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import { rnn, type ModelRef } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { percent, UsageError, writeDocument, writeJsonLine, writeTable } from '../output';
import { transcribeStream } from '../transcription/transcribe-stream';

interface TranscribeOptions {
  live?: boolean;
  beam?: number;
  alternatives?: number;
  mix?: boolean;
}

async function transcribe(context: Context, model: Input<ModelRef>, files: string[], options: TranscribeOptions): Promise<void> {
  if (options.live ? files.length > 0 : files.length === 0) throw new UsageError(options.live ? '--live hears standard input; leave the files out' : 'name files, or give --live to hear standard input');
  return options.live ? transcribeLive(context, model, options) : transcribeFiles(context, model, files, options);
}

async function transcribeFiles({ client, out, json }: Context, model: Input<ModelRef>, files: string[], { beam, alternatives, mix }: TranscribeOptions): Promise<void> {
  const results: { file: string; transcript: rnn.Transcript }[] = [];
  for (const file of files) {
    const start = { model, beamWidth: beam, alternatives, mixDown: mix };
    results.push({ file, transcript: await transcribeStream(client, start, createReadStream(file)) });
  }
  if (json) return writeDocument(out, { model: model.name, results: results.map(({ file, transcript }) => ({ file, ...(rnn.Transcript.toJSON(transcript) as object) })) });
  const rows = results.flatMap(({ file, transcript }) =>
    [transcript, ...transcript.alternatives].map(({ text, logProbability }, rank) => [rank === 0 ? basename(file) : '', text || '(nothing)', percent(Math.exp(logProbability))]),
  );
  writeTable(out, [{ title: 'FILE' }, { title: 'TEXT' }, { title: 'PROBABILITY', align: 'right' }], rows);
  for (const { file, transcript } of results) for (const warning of transcript.warnings) out.line(out.paint('yellow', `${basename(file)}: ${warning}`));
  out.line(out.paint('dim', `answered by ${model.name} version ${results[0]!.transcript.modelVersion}`));
}

/** Hears 16-bit samples on standard input; on a terminal, what was said so far stands in one line that changes. */
async function transcribeLive({ client, out, json }: Context, model: Input<ModelRef>, { beam, alternatives }: TranscribeOptions): Promise<void> {
  const version = await client.models.getVersion({ model });
  const { spec } = JSON.parse(version.manifestJson) as { spec: { frontEnd?: { sampleRate: number } } };
  if (!spec.frontEnd) throw new UsageError(`${version.model} version ${version.version} transcribes nothing; train one by \`quartet train rnn\` on recordings with texts`);
  const start = { model, encoding: rnn.AudioEncoding.AUDIO_ENCODING_PCM16, sampleRate: spec.frontEnd.sampleRate, beamWidth: beam, alternatives, partialResults: true };
  let shown = '';
  const transcript = await transcribeStream(client, start, process.stdin, (partial) => {
    if (json) return writeJsonLine(out, { partial });
    if (out.live) out.stream.write(`\r\x1b[K${partial.text}`);
    else if (partial.text !== shown) out.line(out.paint('dim', `${partial.seconds.toFixed(1)} s  ${partial.text}`));
    shown = partial.text;
  });
  if (json) return writeJsonLine(out, { transcript: rnn.Transcript.toJSON(transcript) });
  if (out.live) out.stream.write('\r\x1b[K');
  out.line(transcript.text || '(nothing)');
  for (const warning of transcript.warnings) out.line(out.paint('yellow', warning));
}

export function addTranscribeCommand(program: Command): void {
  program
    .command('transcribe')
    .description('write down what is said in recordings (WAV, FLAC), or live on standard input')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('[files...]')
    .option('--live', "hear 16-bit little-endian samples of one channel on standard input, at the model's rate, for models that read in one direction")
    .option('--beam <n>', 'beams of the search, 1 for greedy (default: 8)', number(1, 64, true))
    .option('--alternatives <n>', 'so many transcripts besides the best', number(1, 63, true))
    .option('--mix', 'take the mean of the channels of a file that has several')
    .addHelpText('after', '\nLive from a microphone:\n  arecord -q -t raw -f S16_LE -c 1 -r 8000 | quartet transcribe digits --live')
    .action(action(transcribe));
}
