import { readIdx } from '../idx/read-idx';
import { sourceOfArrays, type ArrayPair, type NamedArray } from '../ingest/arrays';
import { partInName } from '../ingest/part-name';
import { baseName } from '../paths';
import { corrupt } from '../problems';
import type { PartName } from '../types';
import type { FormatInput, FormatReader } from './format';
import { StrayFiles } from './stray-files';

const EXPECTED = 'train-images-*, train-labels-* and, if at hand, t10k-images-*, t10k-labels-*';

/** Reads MNIST's files, by the part and the role that their names speak of. */
export const readIdxFiles: FormatReader = async ({ files, options, context, onProgress }) => {
  const stray = new StrayFiles(options.badFiles);
  const found = sortOut(files, stray);
  const arrays = new Map<string, NamedArray>();
  let bytes = 0;
  for (const [slot, { path, local }] of found) {
    const array = await readIdx(local, path, context);
    arrays.set(slot, { file: path, array });
    onProgress({ stage: 'read', done: (bytes += array.data.byteLength), total: 0, unit: 'bytes' });
  }
  const pairs: Partial<Record<PartName, ArrayPair>> = {};
  for (const part of ['train', 'validation', 'test'] as const) {
    const [examples, labels] = [arrays.get(`${part} images`), arrays.get(`${part} labels`)];
    if (examples && labels) pairs[part] = { examples, labels };
    else if (examples || labels) throw missing((examples ?? labels)!.file, `${part} ${examples ? 'labels' : 'images'}`);
  }
  if (!pairs.train) throw missing([...files.keys()].join(', ').slice(0, 500), 'train images and labels');
  return sourceOfArrays({ ...pairs, train: pairs.train }, options.classNames, stray.skipped);
};

/** Slots such as `train images` -> file. */
function sortOut(files: FormatInput['files'], stray: StrayFiles): Map<string, { path: string; local: string }> {
  const found = new Map<string, { path: string; local: string }>();
  for (const [path, local] of files) {
    if (stray.junk(path)) continue;
    const name = baseName(path).toLowerCase();
    const role = name.includes('images') ? 'images' : name.includes('labels') ? 'labels' : undefined;
    const part = partInName(name);
    if (!role || !part) {
      stray.unknown(path, EXPECTED);
      continue;
    }
    const slot = `${part} ${role}`;
    const other = found.get(slot);
    if (other) {
      throw corrupt(path, { received: `a second file of ${slot}, after ${other.path}`, expected: EXPECTED, remedy: 'Send one of them.' });
    }
    found.set(slot, { path, local });
  }
  return found;
}

const missing = (file: string, what: string) =>
  corrupt(file, { received: `no file of ${what} beside it`, expected: EXPECTED, remedy: `Add the file of ${what}.` });
