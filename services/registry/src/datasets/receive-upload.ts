import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError, type Settings, type UploadDatasetHeader, type UploadDatasetRequest } from '@quartet/contracts';
import { checkRelativePath } from '@quartet/data';
import { diskError } from '@quartet/store';

export type UploadLimits = Pick<Settings, 'QUARTET_MAX_UPLOAD_BYTES' | 'QUARTET_MAX_DATASET_FILES'>;

/**
 * Writes the chunks of an upload to files in a folder. The files' own names are numbers: what a caller calls a file is
 * never part of a path here.
 * @returns path inside the data set -> path on this machine.
 * @throws QuartetError INVALID_FIELD, LIMIT_EXCEEDED or DISK_FULL.
 */
export async function receiveUpload(chunks: AsyncIterable<UploadDatasetRequest>, folder: string, limits: UploadLimits): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  let bytes = 0;
  let current: { path: string; handle: FileHandle } | undefined;
  try {
    for await (const { message } of chunks) {
      if (message?.$case !== 'chunk') throw QuartetError.invalid('message', `is ${message?.$case ?? 'missing'}; expected a chunk after the header.`);
      const { path, data } = message.value;
      bytes += data.length;
      if (bytes > limits.QUARTET_MAX_UPLOAD_BYTES) {
        throw new QuartetError('LIMIT_EXCEEDED', `The upload holds more than ${limits.QUARTET_MAX_UPLOAD_BYTES} bytes. Send less, or raise QUARTET_MAX_UPLOAD_BYTES.`);
      }
      if (current?.path !== path) {
        await current?.handle.close();
        current = undefined;
        current = { path, handle: await open(addFile(files, path, folder, limits), 'wx') };
      }
      await current.handle.writeFile(data);
    }
    if (files.size === 0) throw QuartetError.invalid('message', 'the upload holds no file; expected chunks after the header.');
    return files;
  } catch (error) {
    throw diskError(error, folder);
  } finally {
    await current?.handle.close();
  }
}

function addFile(files: Map<string, string>, path: string, folder: string, limits: UploadLimits): string {
  const safe = checkRelativePath(path);
  if (files.has(safe)) throw QuartetError.invalid('chunk.path', `"${path}" comes again after another file; expected all chunks of a file in a row.`);
  if (files.size === limits.QUARTET_MAX_DATASET_FILES) {
    throw new QuartetError('LIMIT_EXCEEDED', `The upload holds more than ${limits.QUARTET_MAX_DATASET_FILES} files. Send fewer, or raise QUARTET_MAX_DATASET_FILES.`);
  }
  const file = join(folder, String(files.size));
  files.set(safe, file);
  return file;
}

/** Takes the first message off an upload, which must be its header. */
export async function readHeader(requests: AsyncIterator<UploadDatasetRequest>): Promise<UploadDatasetHeader> {
  const first = await requests.next();
  const message = first.done ? undefined : first.value.message;
  if (message?.$case === 'header') return message.value;
  throw QuartetError.invalid('message', `is ${message?.$case ?? 'missing'}; expected a header before the chunks.`);
}
