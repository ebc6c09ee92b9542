import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import { rnn, type ModelRef } from '@quartet/contracts';
import { modelRef, number, seed } from '../arguments';
import { action, type Context } from '../context';
import { AdviceError, enumName, writeJsonLine } from '../output';

interface GenerateOptions {
  prompt?: string;
  maxTokens?: number;
  temperature?: number;
  topK?: number;
  topP?: number;
  seed?: bigint;
  stop?: string[];
}

/** Text as it comes; Ctrl-C ends it. */
async function generate({ client, out, err, json }: Context, model: Input<ModelRef>, options: GenerateOptions): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  try {
    if (!json) out.stream.write(out.paint('dim', options.prompt ?? ''));
    for await (const response of client.rnn.generate({ model, ...options }, { signal: controller.signal })) {
      const { message } = response;
      if (json) writeJsonLine(out, rnn.GenerateResponse.toJSON(response));
      else if (message?.$case === 'token') out.stream.write(message.value.text);
      else if (message?.$case === 'end') {
        const { reason, tokens, seed: drawn, modelVersion, warnings } = message.value;
        out.line();
        for (const warning of warnings) err.line(err.paint('yellow', warning));
        const why = enumName(rnn.endReasonToJSON(reason), 'END_REASON_').replaceAll('_', ' ');
        err.line(err.paint('dim', `${why} after ${tokens} tokens, seed ${drawn}, by ${model.name} version ${modelVersion}`));
      }
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    out.line();
    throw new AdviceError('interrupted', 'the same prompt and --seed give the same text again', 130);
  } finally {
    process.off('SIGINT', stop);
  }
}

export function addGenerateCommand(program: Command): void {
  program
    .command('generate')
    .description('go on with a text, shown as it comes')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .option('--prompt <text>', 'what the text begins with (default: the start of a text)')
    .option('--max-tokens <n>', '(default: 256)', number(1, 4096, true))
    .option('--temperature <x>', '0 takes the likeliest token, above 1 is bold (default: 1)', number(0, 10))
    .option('--top-k <n>', 'only so many of the likeliest tokens', number(1, 200_000, true))
    .option('--top-p <share>', 'only the likeliest tokens that together have this probability', number(0, 1))
    .option('--seed <n>', 'the same seed gives the same text (default: drawn, and shown)', seed)
    .option('--stop <texts...>', 'end before the first of these')
    .action(action(generate));
}
