import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cnn, QuartetError } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { checkName } from '@quartet/store';
import { OneAtATime } from './one-at-a-time';
import { readHeader, receiveFile } from './receive-file';
import { runImport } from './run-import';

/** A process that reads a model takes as much memory as a training. */
const turns = new OneAtATime();

/**
 * Makes a version of a model that Keras saved.
 * @throws QuartetError INVALID_FIELD with a violation for each thing that Quartet hasn't; CORRUPT_DATA, LIMIT_EXCEEDED, WRONG_FAMILY
 */
export async function importKeras(runtime: FamilyRuntime, requests: AsyncIterable<cnn.ImportKerasRequest>, call: CallScope): Promise<cnn.ImportKerasResponse> {
  const { QUARTET_MAX_IMPORT_BYTES: maxBytes, QUARTET_IMPORT_MS: limitMs } = runtime.settings;
  const stream = requests[Symbol.asyncIterator]();
  const { model, classNames, pixels, fileName } = await readHeader(stream);
  checkName('header.model', model);
  if (!(pixels in PIXELS)) throw QuartetError.invalid('header.pixels', `is ${pixels}; expected a value of quartet.cnn.v1.PixelRange`);
  return runtime.withFolder(async (folder) => {
    const path = join(folder, 'model');
    const file = { format: 'keras', fileName: plainName(fileName), ...(await receiveFile(stream, path, maxBytes)), producer: '' };
    // A stream that its caller broke off ends as if it were whole.
    call.signal.throwIfAborted();
    const task = { path, file, classNames, pixels, folder: join(folder, 'artifact'), maxBytes };
    const imported = await turns.run(() => runImport(task, limitMs, call.signal), call.signal);
    const key = createHash('sha256').update(JSON.stringify([file.sha256, file.fileName, classNames, pixels])).digest('hex');
    const version = await runtime.importVersion({ model, folder: task.folder, finished: imported.finished, file: imported.file, key }, call);
    return { version, pixels: imported.pixels, notes: imported.notes };
  });
}

const PIXELS: Record<number, true> = {
  [cnn.PixelRange.PIXEL_RANGE_UNSPECIFIED]: true,
  [cnn.PixelRange.PIXEL_RANGE_UNIT]: true,
  [cnn.PixelRange.PIXEL_RANGE_BYTE]: true,
  [cnn.PixelRange.PIXEL_RANGE_SIGNED]: true,
};

/** A file's name is told and kept, and is no path here. */
const plainName = (name: string): string => (name.split(/[\\/]/).at(-1) ?? '').replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 200);
