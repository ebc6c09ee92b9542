import { QuartetError } from '@quartet/contracts';
import { elementCount } from '@quartet/core';
import { loadPart, type LoadedPart } from '@quartet/data';
import type { TrainingJob } from '@quartet/service-kit';
import type { AutoencoderSpec } from '@quartet/core';

export type PartName = 'train' | 'validation' | 'test';
export type Parts = { train: LoadedPart; validation: LoadedPart | undefined; test: LoadedPart | undefined };

/** Numbers that the windows of a series may hold: 256 MiB. */
const MOST_WINDOWED = 2 ** 26;

/** A job's data as its network sees it: images as stored; rows, windows and sequences scaled. */
export async function loadParts({ dataset, files }: TrainingJob, spec: AutoencoderSpec): Promise<Parts> {
  const load = async (name: PartName): Promise<LoadedPart | undefined> => {
    const file = files[name];
    if (!file) return undefined;
    const stored = await loadPart(file.examples, file.labels);
    const part = spec.scale ? scaled(stored, spec.scale) : stored;
    const examples = dataset.schema?.kind === 'series' ? windows(part, spec.inputShape, dataset.name) : part;
    return examples.count > 0 ? examples : undefined;
  };
  return { train: (await load('train'))!, validation: await load('validation'), test: await load('test') };
}

/** (value - mean) / deviation, by column. NaN stays NaN. */
function scaled(part: LoadedPart, { mean, deviation }: NonNullable<AutoencoderSpec['scale']>): LoadedPart {
  const columns = mean.length;
  return { ...part, examples: Float32Array.from(part.examples, (value, at) => (value - mean[at % columns]!) / deviation[at % columns]!) };
}

/** Every run of rows of a length, as an example of its own. */
function windows({ count, examples }: LoadedPart, [length = 1, columns = 1]: number[], dataset: string): LoadedPart {
  const found = Math.max(0, count - length + 1);
  const size = elementCount([length, columns]);
  if (found * size > MOST_WINDOWED) {
    throw new QuartetError('UNUSABLE_DATASET', `'${dataset}' makes ${found} windows of ${length} rows, ${found * size} numbers; at most ${MOST_WINDOWED} fit into memory. Train with a smaller spec.window`);
  }
  const all = new Float32Array(found * size);
  for (let first = 0; first < found; first += 1) all.set(examples.subarray(first * columns, first * columns + size), first * size);
  return { count: found, exampleShape: [length, columns], examples: all, labels: new Int32Array(found) };
}

/** A part's examples from one on, flat: images in 0..1, other data scaled. */
export function examplesOf(part: LoadedPart, most: number, from = 0): Float32Array {
  const size = elementCount(part.exampleShape);
  const some = part.examples.subarray(from * size, Math.min(from + most, part.count) * size);
  return some instanceof Float32Array ? some : Float32Array.from(some, (value) => value / 255);
}
