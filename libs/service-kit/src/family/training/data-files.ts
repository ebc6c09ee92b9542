import { join } from 'node:path';
import { Part, type Dataset } from '@quartet/contracts';
import type { TrainingJob } from '../architecture-family';
import type { CachedFile, ContentCache } from '../content-cache';

const NAMES = { [Part.PART_TRAIN]: 'train', [Part.PART_VALIDATION]: 'validation', [Part.PART_TEST]: 'test' } as const;

/** Brings a data set's parts to the local disk. */
export async function fetchDataset({ parts }: Dataset, cache: ContentCache): Promise<TrainingJob['files']> {
  const wanted: CachedFile[] = [];
  const files: TrainingJob['files'] = {};
  for (const { part, count, examples, labels } of parts) {
    const name = NAMES[part as keyof typeof NAMES];
    if (!name || count === 0n) continue;
    wanted.push({ path: `${name}.examples.npy`, blob: examples }, { path: `${name}.labels.npy`, blob: labels });
    files[name] = { examples: `${name}.examples.npy`, labels: `${name}.labels.npy` };
  }
  const folder = await cache.folderOf(wanted);
  for (const part of Object.values(files)) {
    part.examples = join(folder, part.examples);
    part.labels = join(folder, part.labels);
  }
  return files;
}
