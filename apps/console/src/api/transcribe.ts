import type { MessageInitShape } from '@bufbuild/protobuf';
import { RnnService } from '../generated/quartet/rnn/v1/rnn_pb';
import type { Transcript, TranscribeRequestSchema, TranscribeStartSchema } from '../generated/quartet/rnn/v1/transcribe_pb';
import { sendAll } from './send-all';

/** Of a message; the service takes at most 1 MiB. */
const PIECE_BYTES = 256 * 1024;

/** What is said in a WAV or FLAC file. */
export async function transcribe(start: MessageInitShape<typeof TranscribeStartSchema>, file: Uint8Array): Promise<Transcript> {
  const pieces = Array.from({ length: Math.ceil(file.length / PIECE_BYTES) }, (_, at) => file.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES));
  const messages: MessageInitShape<typeof TranscribeRequestSchema>[] = [{ message: { case: 'start', value: start } }, ...pieces.map((value) => ({ message: { case: 'audio' as const, value } }))];
  for await (const { message } of sendAll(RnnService.method.transcribe, messages)) if (message.case === 'transcript') return message.value;
  throw new Error('The call ended without a transcript.');
}
