import type { Input, QuartetClient } from '@quartet/client';
import type { rnn } from '@quartet/contracts';

/** Bytes a message; the service takes 1 MiB. */
const PIECE_BYTES = 256 * 1024;

/** Sends audio as it comes. @param onPartial Told what was said so far. @returns What was said. */
export async function transcribeStream(
  client: QuartetClient,
  start: Input<rnn.TranscribeStart>,
  audio: AsyncIterable<Uint8Array | string>,
  onPartial: (partial: rnn.PartialTranscript) => void = () => {},
): Promise<rnn.Transcript> {
  async function* messages(): AsyncGenerator<Input<rnn.TranscribeRequest>> {
    yield { message: { $case: 'start', value: start } };
    for await (const chunk of audio) {
      const bytes = Buffer.from(chunk as Uint8Array);
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield { message: { $case: 'audio', value: bytes.subarray(at, at + PIECE_BYTES) } };
    }
  }
  for await (const { message } of client.rnn.transcribe(messages())) {
    if (message?.$case === 'transcript') return message.value;
    if (message?.$case === 'partial') onPartial(message.value);
  }
  throw new Error('the call ended without a transcript');
}
