import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { QuartetError, type cnn } from '@quartet/contracts';

/** Takes the first message off an import, which must be its header. */
export async function readHeader(requests: AsyncIterator<cnn.ImportKerasRequest>): Promise<cnn.ImportKerasHeader> {
  const first = await requests.next();
  const message = first.done ? undefined : first.value.message;
  if (message?.$case === 'header') return message.value;
  throw QuartetError.invalid('message', `is ${message?.$case ?? 'missing'}; expected a header before the chunks`);
}

/**
 * Writes the chunks of an import to a file.
 * @returns its SHA-256, in hexadecimal, and its size in bytes.
 * @throws QuartetError INVALID_FIELD, LIMIT_EXCEEDED
 */
export async function receiveFile(requests: AsyncIterator<cnn.ImportKerasRequest>, path: string, maxBytes: number): Promise<{ sha256: string; size: bigint }> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(path, 'wx');
  try {
    for await (const { message } of { [Symbol.asyncIterator]: () => requests }) {
      if (message?.$case !== 'chunk') throw QuartetError.invalid('message', `is ${message?.$case ?? 'missing'}; expected a chunk after the header`);
      size += message.value.length;
      if (size > maxBytes) throw new QuartetError('LIMIT_EXCEEDED', `the file holds more than ${maxBytes} bytes. Save the model without its optimizer, or raise QUARTET_MAX_IMPORT_BYTES`);
      hash.update(message.value);
      await handle.writeFile(message.value);
    }
  } finally {
    await handle.close();
  }
  if (size === 0) throw QuartetError.invalid('message', 'the import holds no file; expected chunks after the header');
  return { sha256: hash.digest('hex'), size: BigInt(size) };
}
