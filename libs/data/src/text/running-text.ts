import type { PartFile } from '../formats/files-by-part';
import type { FormatInput } from '../formats/format';
import { unusable } from '../problems';
import { RecordPart } from '../records/record-part';
import type { PartName } from '../types';
import { cleanText, readUtf8 } from './utf8';

/** Of a .txt: what comes last is for validation and test. */
export const TEXT_SHARES = { validation: 0.1, test: 0.05 };

/**
 * Reads .txt files, each one text; a part without a file of its own is cut off the end of the training text, at the end of a line.
 * Each part is one record.
 */
export async function readRunningText(input: FormatInput, files: ReadonlyMap<PartName, PartFile>): Promise<{ train: RecordPart } & Partial<Record<PartName, RecordPart>>> {
  const texts: Partial<Record<PartName, string>> = {};
  for (const [part, { path, local }] of files) {
    texts[part] = cleanText((await readUtf8(local, path, input.context)).toString('utf8'), path, 1);
    if (texts[part].trim() === '') throw unusable(path, { received: 'no text', expected: 'a text', remedy: 'Send text.' });
    input.onProgress({ stage: 'read', done: Buffer.byteLength(texts[part]), total: 0, unit: 'bytes' });
  }
  const { path } = files.get('train')!;
  const cut = (part: 'validation' | 'test', share: number): void => {
    if (texts[part] !== undefined || share === 0) return;
    const [kept, rest] = cutAtLine(texts.train!, share);
    texts.train = kept;
    if (rest.trim() !== '') texts[part] = rest;
  };
  cut('test', input.options.testShare ?? TEXT_SHARES.test);
  cut('validation', input.options.validationShare ?? TEXT_SHARES.validation);
  if (texts.train!.trim() === '') {
    throw unusable(path, { received: 'no line to train on, once validation and test are cut off', expected: 'a text of several lines', remedy: 'Send a longer text, or lower validation_share and test_share.' });
  }
  const parts: Partial<Record<PartName, RecordPart>> = {};
  for (const part of ['train', 'validation', 'test'] as const) {
    if (texts[part] === undefined) continue;
    parts[part] = new RecordPart(files.get(part)?.path ?? path, input.context.limits);
    parts[part].push([Buffer.from(texts[part])]);
  }
  return { ...parts, train: parts.train! };
}

/** The text up to the end of the line in which the last share begins, and the rest. */
function cutAtLine(text: string, share: number): [string, string] {
  const from = Math.floor(text.length * (1 - share));
  const end = text.indexOf('\n', from);
  return end < 0 ? [text, ''] : [text.slice(0, end + 1), text.slice(end + 1)];
}
