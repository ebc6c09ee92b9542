import { readWhole } from '../files/read-file';
import { openZip } from '../files/zip';
import { sourceOfArrays, type ArrayPair, type NamedArray } from '../ingest/arrays';
import { parseNpy } from '../npy/parse';
import { baseName } from '../paths';
import { corrupt } from '../problems';
import type { PartName } from '../types';
import type { FormatInput, FormatReader } from './format';
import { StrayFiles } from './stray-files';

const EXPECTED = 'arrays x_train, y_train and, if at hand, x_val, y_val, x_test, y_test; or x, y';

/** Array's name -> what it holds. */
const ROLES: Readonly<Record<string, [PartName, keyof ArrayPair]>> = {
  x: ['train', 'examples'],
  y: ['train', 'labels'],
  x_train: ['train', 'examples'],
  y_train: ['train', 'labels'],
  x_val: ['validation', 'examples'],
  y_val: ['validation', 'labels'],
  x_test: ['test', 'examples'],
  y_test: ['test', 'labels'],
};

/** Reads one .npz, or .npy files, by the arrays' names. */
export const readNumpyFiles: FormatReader = async (input) => {
  const stray = new StrayFiles(input.options.badFiles);
  const found: Partial<Record<PartName, Partial<ArrayPair>>> = {};
  const names: string[] = [];
  let bytes = 0;
  const take = async (path: string, load: () => Promise<Buffer>): Promise<void> => {
    const name = baseName(path).replace(/\.npy$/i, '').toLowerCase();
    const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
    if (!role || !/\.npy$/i.test(path)) return stray.unknown(path, EXPECTED);
    const [part, kind] = role;
    const pair = (found[part] ??= {});
    if (pair[kind]) {
      const received = `a second array of the ${part} part's ${kind}, after ${pair[kind].file}`;
      throw corrupt(path, { received, expected: EXPECTED, remedy: 'Send one of them.' });
    }
    const array = parseNpy(await load(), path);
    pair[kind] = { file: path, array };
    names.push(path);
    input.onProgress({ stage: 'read', done: (bytes += array.data.byteLength), total: 0, unit: 'bytes' });
  };
  await readAll(input, stray, take);
  const pairs: Partial<Record<PartName, ArrayPair>> = {};
  for (const part of ['train', 'validation', 'test'] as const) {
    const { examples, labels } = found[part] ?? {};
    if (examples && labels) pairs[part] = { examples, labels };
    else if (examples || labels) throw lacks((examples ?? labels) as NamedArray, part, examples ? 'labels' : 'examples');
  }
  const { train } = pairs;
  if (!train) {
    const received = names.length > 0 ? `only ${names.join(', ')}` : 'no such array';
    const remedy = 'Name the arrays so, e.g. numpy.savez("data.npz", x_train=x, y_train=y).';
    throw corrupt([...input.files.keys()][0]!, { received, expected: EXPECTED, remedy });
  }
  return sourceOfArrays({ ...pairs, train }, input.options.classNames, stray.skipped, input.options.target);
};

async function readAll(
  { files, context }: FormatInput,
  stray: StrayFiles,
  take: (path: string, load: () => Promise<Buffer>) => Promise<void>,
): Promise<void> {
  for (const [path, local] of files) {
    if (stray.junk(path)) continue;
    if (!/\.npz$/i.test(path)) {
      await take(path, () => readWhole(local, path, context));
      continue;
    }
    const zip = await openZip(local, path, context);
    try {
      for (const [name, entry] of zip.entries) await take(`${path}/${name}`, () => zip.read(entry));
    } finally {
      zip.close();
    }
  }
}

const lacks = (array: NamedArray, part: PartName, what: string) =>
  corrupt(array.file, { received: `no ${what} of the ${part} part beside it`, expected: EXPECTED, remedy: `Add the ${what}.` });
