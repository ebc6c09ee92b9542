import { partInName } from '../ingest/part-name';
import { baseName } from '../paths';
import { corrupt } from '../problems';
import type { PartName } from '../types';
import type { FormatInput } from './format';
import type { StrayFiles } from './stray-files';

/** A file of a part. */
export interface PartFile {
  path: string;
  local: string;
}

/**
 * One file, which is the training part; or several whose names tell the part, as `train.csv` and `test.csv` do.
 *
 * @param pattern Of the files that count; others are strays. @param expected For errors.
 * @throws QuartetError CORRUPT_DATA: none of the training part, or two of one part.
 */
export function filesByPart({ files }: FormatInput, stray: StrayFiles, pattern: RegExp, expected: string): Map<PartName, PartFile> {
  const found = [...files].filter(([path]) => {
    if (stray.junk(path)) return false;
    if (pattern.test(path)) return true;
    stray.unknown(path, expected);
    return false;
  });
  const parts = new Map<PartName, PartFile>();
  for (const [path, local] of found) {
    const part = found.length === 1 ? 'train' : partInName(baseName(path));
    const other = part && parts.get(part);
    if (!part || other) {
      const received = other ? `a second file of the ${part} part, after ${other.path}` : 'one of several files, of no known part';
      throw corrupt(path, { received, expected, remedy: 'Join the files, or name them by part.' });
    }
    parts.set(part, { path, local });
  }
  if (!parts.has('train')) throw corrupt([...files.keys()][0]!, { received: 'no file of training data', expected, remedy: 'Send one, or name one train.' });
  return parts;
}
