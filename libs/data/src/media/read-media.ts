import { unpacked } from '../formats/unpacked';
import type { FormatInput } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import type { Source } from '../ingest/source';
import { checkSignal, unusable } from '../problems';
import type { RecordKind } from '../records/kinds';
import { NO_CLASS, RecordPart } from '../records/record-part';
import { sourceOfRecords } from '../records/record-source';
import type { PartName } from '../types';
import { layOutMedia, mediaClasses, type MediaFile, type MediaKind } from './media-layout';

/**
 * Reads files with texts, as files or as one .zip.
 * @param load The bytes that are stored of a file. @throws What the file is refused for; it is left out if bad_files says so.
 */
export async function readMedia(input: FormatInput, kind: RecordKind, layout: MediaKind, load: (file: MediaFile) => Promise<Uint8Array>): Promise<Source> {
  const stray = new StrayFiles(input.options.badFiles);
  const media = await layOutMedia(await unpacked(input), layout, stray, input.options, input.context);
  const classNames = mediaClasses(media);
  const parts: Partial<Record<PartName, RecordPart>> = {};
  const loaded = new Map<string, Uint8Array | undefined>();
  for (const [at, file] of media.entries()) {
    checkSignal(input.context.signal);
    if (!loaded.has(file.path)) loaded.set(file.path, await load(file).catch((error: unknown) => void stray.bad(file.path, error as Error)));
    const bytes = loaded.get(file.path);
    if (!bytes) continue;
    const records = (parts[file.part] ??= new RecordPart(`${file.part} ${layout.what}`, input.context.limits));
    records.push([bytes, Buffer.from(file.text)], file.className === undefined ? NO_CLASS : classNames.indexOf(file.className), layout.captions ? file.path : undefined);
    input.onProgress({ stage: 'read', done: at + 1, total: media.length, unit: 'examples' });
  }
  const { train } = parts;
  if (!train) throw unusable('data set', { received: `no ${layout.what} of the training part that can be read`, expected: layout.expected, remedy: 'Send some.' });
  return sourceOfRecords(kind, { parts: { ...parts, train }, classNames, skippedFiles: stray.skipped });
}
