import { kindOf, sizeOf, type AutoencoderSpec } from '@quartet/core';
import type { LoadedPart } from '@quartet/data';

export interface Warning {
  verdict: string;
  evidence: string;
  remedy: string;
}

/** Columns that a warning names. */
const MOST_NAMED = 10;

/** What is allowed, but hardly meant. @param train As the network sees it. */
export function warnings(spec: AutoencoderSpec, columns: readonly string[], train: LoadedPart): Warning[] {
  const found: Warning[] = [];
  const size = sizeOf(spec);
  if (spec.latentSize >= size) {
    found.push({
      verdict: 'latent_too_large',
      evidence: `the latent has ${spec.latentSize} numbers, an example ${size}: nothing makes the model learn what examples are like rather than copy them`,
      remedy: 'a smaller latent_size, or a corruption, sparsity or dropout',
    });
  }
  const constant = kindOf(spec) === 'image' ? [] : constantColumns(train).map((column) => columns[column] ?? `column ${column}`);
  if (constant.length > 0) {
    const named = constant.slice(0, MOST_NAMED).join(', ') + (constant.length > MOST_NAMED ? `, and ${constant.length - MOST_NAMED} more` : '');
    found.push({
      verdict: 'constant_columns',
      evidence: `these columns have one value in all of the training part: ${named}. They tell nothing, and another value in them later counts as an anomaly in their own units`,
      remedy: 'leave them out of the data, or bring training rows in which they vary',
    });
  }
  return found;
}

function constantColumns({ exampleShape, examples }: LoadedPart): number[] {
  const columns = exampleShape.at(-1) ?? 0;
  const varies = new Array<boolean>(columns).fill(false);
  // What comes after a sequence's end is no other value.
  examples.forEach((value, at) => (varies[at % columns] ||= value !== examples[at % columns] && !Number.isNaN(value)));
  return [...varies.keys()].filter((column) => !varies[column]);
}
