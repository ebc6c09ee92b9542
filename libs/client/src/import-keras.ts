import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { QuartetError, type cnn } from '@quartet/contracts';
import type { CallOptions } from './call-options';
import type { QuartetClient } from './connect';
import type { Input } from './input';

/** Bytes a chunk, as of data sets. */
const CHUNK_BYTES = 1024 * 1024;

export interface ImportKerasOptions extends CallOptions {
  /** Told after each chunk. */
  onProgress?: (sentBytes: number, totalBytes: number) => void;
}

/**
 * Makes a version of a model that Keras saved, a .keras or .h5 file on this machine: sends it chunk by chunk, no faster than the server takes it.
 * @param header Its `fileName` is set to the file's.
 */
export async function importKeras(client: Pick<QuartetClient, 'cnn'>, path: string, header: Input<cnn.ImportKerasHeader>, { onProgress, ...call }: ImportKerasOptions = {}): Promise<cnn.ImportKerasResponse> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw QuartetError.invalid('path', `there is no file at ${path}; expected a .keras or .h5 file, as model.save("model.keras") writes it`);
  return client.cnn.importKeras(messages(path, found.size, header, onProgress), call);
}

async function* messages(path: string, size: number, header: Input<cnn.ImportKerasHeader>, report: ImportKerasOptions['onProgress']): AsyncGenerator<Input<cnn.ImportKerasRequest>> {
  yield { message: { $case: 'header', value: { ...header, fileName: basename(path) } } };
  let sent = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    yield { message: { $case: 'chunk', value: chunk } };
    report?.((sent += chunk.length), size);
  }
}
