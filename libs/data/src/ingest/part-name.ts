import type { PartName } from '../types';

const NAMES: Readonly<Record<string, PartName>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
  t10k: 'test',
};

/** The part that a word, such as a folder's name, stands for. */
export const partNamed = (word: string): PartName | undefined => {
  const name = word.toLowerCase();
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
};

/** The part that a file's name speaks of: `t10k-images-idx3-ubyte.gz` -> test. */
export function partInName(name: string): PartName | undefined {
  for (const word of name.split(/[^a-zA-Z0-9]+/)) {
    const part = partNamed(word);
    if (part) return part;
  }
  return undefined;
}
