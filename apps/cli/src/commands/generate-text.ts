import type { Input } from '@quartet/client';
import { rnn, type ModelRef } from '@quartet/contracts';
import type { Context } from '../context';
import { AdviceError, enumName, writeJsonLine } from '../output';

export interface TextOptions {
  prompt?: string;
  maxTokens?: number;
  temperature?: number;
  topK?: number;
  topP?: number;
  seed?: bigint;
  stop?: string[];
}

/** Text as it comes; Ctrl-C ends it. */
export async function generateText({ client, out, err, json }: Context, model: Input<ModelRef>, options: TextOptions): Promise<void> {
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
